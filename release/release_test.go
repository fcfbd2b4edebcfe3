package release

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261124002350-964d42d5e2f1+dirty"}, GoVersion: "go1.26.4"}
	if got, want := line("chatd", info), "chatd 0.1.0, build v0.0.0-20261124002350-964d42d5e2f1+dirty, go1.26.4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := Line("chat"); !strings.HasPrefix(got, "chat "+Version+", build ") || !strings.HasSuffix(got, ", "+runtime.Version()) {
		t.Errorf("of this test: %s", got)
	}
}

// The clients in other languages have the module's version.
func TestOtherLanguages(t *testing.T) {
	for file, want := range map[string]string{
		"../clients/js/package.json":       `"version": "` + Version + `"`,
		"../clients/python/pyproject.toml": "\nversion = \"" + Version + "\"\n",
	} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has not %s (%v)", file, want, err)
		}
	}
}
