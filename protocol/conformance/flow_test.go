package conformance

import (
	"context"
	"strings"
	"testing"
	"time"
)

const flowCases = `# The steps about many frames, time and handshakes.

--- many
ana> {"jsonrpc":"2.0","id":0,"method":"ping"}
ana< {"id":"<int:I>"}
ana>*40 {"jsonrpc":"2.0","id":$(i),"method":"ping"}
ana> {"jsonrpc":"2.0","id":"end","method":"ping"}
ana<+ {"id":"<next:I>","result":{}}
ana< {"id":"end"}
ana> {"jsonrpc":"2.0","id":$I,"method":"ping"}
ana< {"id":40}

--- up to the end
ana>*5 {"jsonrpc":"2.0","id":$(i),"method":"ping"}
ana! frame binary: x
ana<+ {"result":{}}
ana< close 1003

--- slow
ana! slow
login ana
ana= silent

--- waits
pause 1
ana> {"jsonrpc":"2.0","method":"emit","params":[{"jsonrpc":"2.0","id":1,"result":20}]}
ana< {"result":"<int:N>"}
require 10 < $N
require $N = 20
pause $N + 1
bo! frame binary: x
bo< close 1003 within 5000 + $N

--- lists
ana> [$(list {"jsonrpc":"2.0","id":#,"method":"ping"}, 3){"jsonrpc":"2.0","id":4,"method":"ping"}]
ana< [{"id":1},{"id":2},{"id":3},{"id":4}]
`

func TestFlowSteps(t *testing.T) {
	report := run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, flowCases)})
	if report.Count(Passed) != len(report) {
		t.Error(text(t, report))
	}
}

// A connection that is to be kept over a restart, and that the server does not end, does
// not hold up the case for ever; what came on it meanwhile is kept.
func TestRestartKeepsConnections(t *testing.T) {
	report := run(t, Options{URL: serve(t, tampering{}), Wait: 100 * time.Millisecond, Restart: func(context.Context) error { return nil },
		Cases: parsed(t, `# s
ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
bo> {"jsonrpc":"2.0","id":1,"method":"ping"}
restart with ana
ana< {"id":1}
bo> {"jsonrpc":"2.0","id":2,"method":"ping"}
bo< {"id":2}
ana< close 1012
`)})
	if o := report[0]; !strings.HasPrefix(o.Reason, "own.txt:8: nothing came within") {
		t.Error(o.String())
	}
}

// What the steps find.
func TestFlowStepsFail(t *testing.T) {
	for steps, want := range map[string]string{
		"ana>*3 {\"jsonrpc\":\"2.0\",\"id\":$(i),\"method\":\"ping\"}\nana< {\"id\":\"<int:I>\"}\nana< {\"id\":2}\nana<+ {\"id\":\"<next:I>\"}": "/id is 3, want 2, the next after $I",
		"ana> {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\nana<+ {\"id\":1}":                                                             "nothing came within",
		"ana> {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\nana<+ {\"id\":1,\"error\":{}}":                                                "/error is missing",
		"ana< ping within 50":            "no ping",
		"ana< close 1000|1006 within 50": "nothing came within",
	} {
		report := run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, "# s\n"+steps+"\n"), Wait: 200 * time.Millisecond})
		if o := report[0]; want != "" && (o.Status != Failed || !strings.Contains(o.Reason, want)) {
			t.Errorf("%s: want %q\n%s", steps, want, o.String())
		}
	}
}

func TestNotTested(t *testing.T) {
	for steps, want := range map[string]string{
		"pause 60000":                      "it would wait for 1m0s",
		"ana< close 4003 within 30000 + 1": "it would wait for 30.001s",
		"ana< ping within 30001":           "it would wait for",
		"require 5 < 5":                    "the server's settings do not allow it: 5 < 5",
		"require open = closed":            "the server's settings do not allow it: open = closed",
		"require 1 < 2\nrequire 1 != 2":    "",
	} {
		cases, err := Parse("own.txt", "# s\n"+steps+"\n")
		if (err == nil) == (want == "") {
			t.Errorf("%s: %v", steps, err)
		}
		if err != nil {
			continue
		}
		report := run(t, Options{URL: serve(t, tampering{}), Cases: cases, Patience: 30 * time.Second})
		if o := report[0]; o.Status != NotTested || !strings.HasPrefix(o.Reason, want) {
			t.Errorf("%s: %s", steps, o.String())
		}
	}
}

func TestParseFlowRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"ana<+ {\"id\":\"<next:N>\"}":    `"<next:N>": $N is not captured`,
		"ana<+ {":                        "the pattern is not JSON",
		"ana< [\"<time >= At + 5>\"]":    "$At is not captured",
		"ana< close 1x within 5":         "not a code",
		"ana< close 1000 within $N":      "$N is not captured",
		"pause soon + $N":                "$N is not captured",
		"require 1 > 2":                  "not a step",
		"ana> $(list # 3)$(list # many)": "list: ",
	} {
		_, err := Parse("own.txt", "# s\n"+text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
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
	never := run(t, Options{URL: serve(t, late(1<<30)), Cases: cases, Wait: 50 * time.Millisecond})
	if never.Count(Failed) != 1 {
		t.Error(text(t, never))
	}
}
