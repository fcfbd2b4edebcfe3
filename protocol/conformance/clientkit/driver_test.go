package clientkit

import (
	"strings"
	"testing"
	"time"
)

// A driver that does not end at the end of its input, or leaves a child that holds
// its output, is ended.
func TestDriverIsEnded(t *testing.T) {
	const hello = `echo '{"driver":1,"client":"shell"}'; `
	for name, script := range map[string]string{
		"lives on":       hello + "exec sleep 60",
		"leaves a child": hello + "sleep 3 2>/dev/null &",
	} {
		d, err := Start(t.Context(), []string{"sh", "-c", script})
		if err != nil {
			t.Fatal(err)
		}
		d.wait = 50 * time.Millisecond
		if err := d.Close(); err == nil || !strings.Contains(err.Error(), "does not end") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A driver that does not read its input is not waited for, either.
func TestDriverThatDoesNotRead(t *testing.T) {
	d, err := Start(t.Context(), []string{"sh", "-c", `echo '{"driver":1,"client":"shell"}'; exec sleep 60`})
	if err != nil {
		t.Fatal(err)
	}
	d.wait = 50 * time.Millisecond
	_, err = d.do(map[string]any{"do": "call", "method": "send", "params": strings.Repeat("x", 1<<20)})
	if err == nil || !strings.Contains(err.Error(), "does not read") {
		t.Error(err)
	}
	if d.Close() == nil {
		t.Error("killed, and ended well")
	}
}
