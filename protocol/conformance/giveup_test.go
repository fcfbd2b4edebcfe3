package conformance

import (
	"context"
	"strings"
	"testing"
	"time"
)

// A server that takes connections and is silent is given up soon.
func TestSilentServerIsGivenUp(t *testing.T) {
	mute := tampering{frames: func(string, []string) []string { return nil }}
	report, err := Run(t.Context(), Options{URL: serve(t, mute), Filter: "jsonrpc", Wait: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "nothing at all came") {
		t.Error(err)
	}
	if failed, left := report.Count(Failed), report.Count(NotTested); failed < silentMax || left < len(report)/2 || failed+left != len(report) {
		t.Errorf("%d of %d cases failed, %d were left\n%s", failed, len(report), left, printed(t, report, false))
	}
}

// One that is silent now and then is not.
func TestServerIsNotGivenUp(t *testing.T) {
	cases := parsed(t, `# A ping that is answered, and one that is not.

--- answered
ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
ana< {"id":1}

--- never answered
ana< {"id":1}
`)
	var many []Case
	for range 2 * silentMax {
		many = append(many, cases...)
	}
	report, err := Run(t.Context(), Options{URL: serve(t, tampering{}), Cases: many, Parallel: 1, Wait: 50 * time.Millisecond})
	if err != nil || report.Count(NotTested) > 0 {
		t.Errorf("%v\n%s", err, printed(t, report, false))
	}
}

// What is left when the time of a run has passed is not tested, and that the run
// did not come to its end is an error.
func TestRunHasALimit(t *testing.T) {
	cases := parsed(t, `# A case that would take an hour, and one that would come after it.

--- long
pause 3600000

--- restarts
restart
`)
	report, err := Run(t.Context(), Options{
		URL: serve(t, tampering{}), Cases: cases, Limit: 50 * time.Millisecond, Patience: 2 * time.Hour,
		Restart: func(context.Context) error { t.Error("restarted"); return nil },
	})
	if err == nil || !strings.Contains(err.Error(), "longer than 50ms") || report.Count(NotTested) != 2 {
		t.Errorf("%v\n%s", err, printed(t, report, false))
	}
}
