package conformance

import (
	"context"
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
	return printed(t, r, true)
}

func printed(t *testing.T, r Report, verbose bool) string {
	t.Helper()
	var b strings.Builder
	if err := r.Print(&b, verbose); err != nil {
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
	for _, filter := range []string{"json", "jsonrpc/id", "jsonrpc/envelope", "jsonrpc/batch/of-*", "jsonrpc/frame", "server/ping", "websocket"} {
		report := run(t, Options{URL: url, Filter: filter})
		if report.Count(Passed) != len(report) {
			t.Errorf("%s:\n%s", filter, printed(t, report, false))
		}
	}
}

func TestOverTLS(t *testing.T) {
	s := httptest.NewTLSServer(&scripted{users: map[string]bool{}})
	defer s.Close()
	trusted := s.Client().Transport.(*http.Transport).TLSClientConfig
	report := run(t, Options{URL: "wss" + strings.TrimPrefix(s.URL, "https"), TLS: trusted, Filter: "websocket/close"})
	if report.Count(Passed) != len(report) {
		t.Error(printed(t, report, false))
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
bo! frame binary: x
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
		if got, err := MatchName(c.glob, c.name); got != c.want || err != nil {
			t.Errorf("%q for %s: %v, %v", c.glob, c.name, got, err)
		}
	}
}
