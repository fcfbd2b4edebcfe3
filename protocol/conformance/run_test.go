package conformance

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, o Options) Report {
	t.Helper()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func text(t *testing.T, r Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Print(&b, true); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// parsed reads one file of cases.
func parsed(t *testing.T, text string) []Case {
	t.Helper()
	cases, err := Parse("own.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestRightServerPasses(t *testing.T) {
	url := serve(t, tampering{})
	for _, filter := range []string{"json", "jsonrpc/id", "jsonrpc/envelope", "jsonrpc/batch/of-*", "jsonrpc/frame", "server/ping"} {
		report := run(t, Options{URL: url, Filter: filter})
		if report.Count(Passed) != len(report) {
			t.Errorf("%s:\n%s", filter, text(t, report))
		}
	}
}

func TestAsSubtests(t *testing.T) {
	Test(t, Options{URL: serve(t, tampering{}), Filter: "jsonrpc/id"})
}

const ownCases = `# The steps that a server of two methods can show.

--- unordered
ana> {"jsonrpc":"2.0","method":"emit","params":[{"jsonrpc":"2.0","method":"b","params":{"x":1}},{"jsonrpc":"2.0","method":"a","params":{}}]}
ana<* {"method":"a"}
ana<* {"method":"b","params":{"x":"<int:N>"}}
ana> {"jsonrpc":"2.0","id":$N,"method":"ping"}
ana< {"id":1,"result":{}}

--- connections
login ana
login ana/phone
ana! drop
ana/phone! close
login ana
ana= silent
bo! binary x
bo< close 1002|1003
bo> {"jsonrpc":"2.0","id":1,"method":"ping"}
bo< {"id":1,"result":{}}

--- restarted
login ana
restart
login ana
`

func TestSteps(t *testing.T) {
	restarts := 0
	report := run(t, Options{
		URL:     serve(t, tampering{}),
		Cases:   parsed(t, ownCases),
		Restart: func(context.Context) error { restarts++; return nil },
	})
	if report.Count(Passed) != 3 || restarts != 1 {
		t.Errorf("%d restarts\n%s", restarts, text(t, report))
	}
}

// What is not answered yet is asked again, until it is, and then expected.
func TestAgain(t *testing.T) {
	cases := parsed(t, `# Three answers.
ana> {"jsonrpc":"2.0","id":7,"method":"ping"}
ana<~ {"result":{"yet":false}}
ana< {"id":7,"result":{"at":"<time>"}}
`)
	asked := 0
	late := func(most int) tampering {
		asked = 0
		return tampering{frames: func(request string, answers []string) []string {
			if asked++; asked > most || !strings.Contains(request, `"id":7`) {
				return answers
			}
			return []string{`{"jsonrpc":"2.0","id":7,"result":{"yet":false}}`}
		}}
	}
	report := run(t, Options{URL: serve(t, late(2)), Cases: cases})
	if report.Count(Passed) != 1 || asked != 4 { // and the silence of the end
		t.Errorf("asked %d times\n%s", asked, text(t, report))
	}
	never := run(t, Options{URL: serve(t, late(math.MaxInt)), Cases: cases, Wait: 50 * time.Millisecond})
	if never.Count(Failed) != 1 {
		t.Error(text(t, never))
	}
}

func TestReport(t *testing.T) {
	cases := parsed(t, `# A sentence.
--- passes
ana= silent
--- fails
ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
ana< {"id":2}
--- is not tested
restart
`)
	report := run(t, Options{URL: serve(t, tampering{}), Cases: cases})
	got := text(t, report)
	for _, want := range []string{
		"passed own/passes\n",
		"failed own/fails\n    A sentence.\n    own.txt:6: /id is 1, want the bytes 2",
		`    | ana> {"jsonrpc":"2.0","id":1,"method":"ping"}`,
		"not tested own/is-not-tested\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	if !strings.HasSuffix(got, "\n1 passed, 1 failed, 1 not tested\n") {
		t.Errorf("the last line does not count:\n%s", got)
	}
}

func TestSilenceIsBroken(t *testing.T) {
	cases := parsed(t, `# A frame that nobody expects fails the case at its end.
ana> {"jsonrpc":"2.0","method":"emit","params":[{"jsonrpc":"2.0","method":"a","params":{}}]}
`)
	if report := run(t, Options{URL: serve(t, tampering{}), Cases: cases}); report.Count(Failed) != 1 {
		t.Error(text(t, report))
	}
}

func TestWaitEnds(t *testing.T) {
	cases := parsed(t, "# An answer that never comes.\nana< {\"id\":1}\n")
	report := run(t, Options{URL: serve(t, tampering{}), Cases: cases, Wait: 50 * time.Millisecond})
	if got := text(t, report); !strings.Contains(got, "nothing came within 50ms") {
		t.Error(got)
	}
}

func TestRunFails(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	url := serve(t, tampering{})
	for name, o := range map[string]Options{
		"no websocket":  {URL: page.URL},
		"no such case":  {URL: url, Filter: "nothing"},
		"not a pattern": {URL: url, Filter: "["},
	} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		glob, name string
		want       bool
	}{
		{"", "message/send/first-message", true},
		{"message", "message/send/first-message", true},
		{"message/send", "message/send/first-message", true},
		{"*/send", "message/send/first-message", true},
		{"*/*/first*", "message/send/first-message", true},
		{"message/*/first-message", "message/send/first-message", true},
		{"message/send/refused", "message/send/refused.12", true},
		{"message/send/refused.12", "message/send/refused.12", true},
		{"message/send/refused.1", "message/send/refused.12", false},
		{"send", "message/send/first-message", false},
		{"message/sen", "message/send/first-message", false},
		{"message/send/first-message/x", "message/send/first-message", false},
	} {
		if got, err := matchName(c.glob, c.name); got != c.want || err != nil {
			t.Errorf("%q for %s: %v, %v", c.glob, c.name, got, err)
		}
	}
}
