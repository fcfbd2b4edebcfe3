package conformance

import (
	"strings"
	"testing"
	"time"
)

const limitCases = `# The limits of the server are the kit's to ask for.

--- the default
require $(limit batch) = 100
require 99 < $(limit batch)
require $(limit batch + 1) < 102
ana> [$(repeat {}, 9)$(limit batch + 1)]
ana< "<array>"

--- another
require $(limit batch) = 50
ana> no server is asked
ana< {"id":1}

--- unknown
require 0 < $(limit bathc)
`

func TestLimits(t *testing.T) {
	asked := 0
	counting := tampering{frames: func(request string, answers []string) []string {
		if strings.Contains(request, "server_info") {
			asked++
		}
		return answers
	}}
	report := run(t, Options{URL: serve(t, counting), Cases: parsed(t, limitCases), Parallel: 1})
	for i, want := range []struct {
		status Status
		reason string
	}{
		{Passed, ""},
		{NotTested, "the server's settings do not allow it: 100 = 50, for $(limit batch) = 50"},
		{Failed, `own.txt:16: server_info tells no limit "bathc"`},
	} {
		if o := report[i]; o.Status != want.status || o.Reason != want.reason {
			t.Error(o.String())
		}
	}
	if asked != 1 {
		t.Errorf("the server was asked %d times", asked)
	}
}

// A server that does not tell its limits fails the cases that need them.
func TestLimitsAreNotTold(t *testing.T) {
	mute := tampering{frames: func(request string, answers []string) []string {
		if strings.Contains(request, "server_info") {
			return nil
		}
		return answers
	}}
	report := run(t, Options{URL: serve(t, mute), Cases: parsed(t, limitCases), Wait: time.Second})
	if o := report[1]; o.Status != Failed || !strings.Contains(o.Reason, "server_info: nothing came") {
		t.Error(o.String())
	}
}
