package main

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asappchat/release"
)

// The flags about files and restarts, against a server that knows one answer.
func TestFlags(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(pong))
	defer s.Close()
	url := "ws" + strings.TrimPrefix(s.URL, "http")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	known := file("known", "server/ping/unknown-param  it takes everything\nserver/ping/before-login long ago\n")
	for _, c := range []struct {
		args   []string
		status int
		want   string // in what is printed, on either side
	}{
		{[]string{"--run", "server/ping", "--deviations", known, url}, 1, "known: it takes everything"},
		{[]string{"--run", "server/ping/unknown*", "--deviations", known, url}, 0, ": 0 passed, 0 failed, 1 known deviations, 0 not tested\n"},
		{[]string{"--run", "server/ping/before*", "--deviations", known, url}, 0, "stale: server/ping/before-login passed, and is listed as a known deviation: long ago\n"},
		{[]string{"--deviations", file("bad", "# no\nserver/ping\n"), url}, 2, "bad: line 2: server/ping needs a reason"},
		{[]string{"--deviations", filepath.Join(dir, "none"), url}, 2, "no such file"},
		{[]string{"--run", "subscription/restart/nothing*", url}, 0, "not tested  7.1 "},
		{[]string{"--run", "subscription/restart/nothing*", "--restart", "echo no; exit 3", url}, 1, "failed      7.1 "},
		{[]string{"--run", "server/ping/before*", "--junit", filepath.Join(dir, "no", "such"), url}, 1, "no such file"},
		{[]string{"--version"}, 0, release.Line("conform") + "\n"},
		{[]string{"--clauses"}, 0, "\n7.3     "},
		{[]string{"--clauses"}, 0, "(client)\n"},
	} {
		var out strings.Builder
		if status := run(t.Context(), c.args, &out, &out); status != c.status || !strings.Contains(out.String(), c.want) {
			t.Errorf("conform %q: %d, want %d with %q\n%s", c.args, status, c.status, c.want, &out)
		}
	}
}

func TestReportsForMachines(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(pong))
	defer s.Close()
	dir := t.TempDir()
	junit, object := filepath.Join(dir, "report.xml"), filepath.Join(dir, "report.json")
	var out strings.Builder
	if status := run(t.Context(), []string{"--run", "server/ping", "--junit", junit, "--json", object, "ws" + strings.TrimPrefix(s.URL, "http")}, &out, &out); status != 1 {
		t.Fatalf("%d\n%s", status, &out)
	}
	var suites struct {
		Suites []struct {
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(read(t, junit), &suites); err != nil || len(suites.Suites) != 1 || len(suites.Suites[0].Cases) != 6 {
		t.Errorf("%v, %+v", err, suites)
	}
	var report struct{ Clauses, Cases []map[string]any }
	if err := json.Unmarshal(read(t, object), &report); err != nil || len(report.Cases) != 6 || len(report.Clauses) == 0 {
		t.Errorf("%v, %+v", err, report)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A server that the command leaves in the background does not hold it up.
func TestShellLeavesAServer(t *testing.T) {
	var out strings.Builder
	if err := shell("sleep 20 & echo started $!", &out)(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid, ok := strings.CutPrefix(strings.TrimSpace(out.String()), "started ")
	if !ok {
		t.Fatal(out.String())
	}
	if err := shell("kill "+pid, &out)(t.Context()); err != nil {
		t.Error(err)
	}
}
