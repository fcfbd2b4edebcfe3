package conformance

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// reported are cases of which the small server passes one.
const reported = `# A sentence.
clause: 7.3

--- passes
ana= silent
--- fails
ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
ana< {"id":2}
--- fails at length
clause: 7.3, 99.1
ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
ana< {"id":1}
ana> {"jsonrpc":"2.0","id":"<&>$(hex 01)","method":"nothing"}
ana< {"id":1}
--- is not tested
clause: 9.2
restart
`

func TestReport(t *testing.T) {
	got := text(t, run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, reported)}))
	want := `failed      7.3     ` + title(t, "7.3") + `
    2 of 3 cases; the shortest:
    failed own/fails
        A sentence.
        own.txt:8: /id is 1, want the bytes 2; the pattern: {"id":2}
        | ana> {"jsonrpc":"2.0","id":1,"method":"ping"}
        | ana< {"jsonrpc":"2.0","id":1,"result":{"at":"2026-11-23T10:00:00.000Z"}}
not tested  9.2     ` + title(t, "9.2") + `
    not tested own/is-not-tested
        A sentence.
        it restarts the server, which this run may not do
failed      99.1    `
	if !strings.HasPrefix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	want = `passed own/passes
4 cases: 1 passed, 2 failed, 0 known deviations, 1 not tested
3 clauses: 0 passed, 2 failed, 0 known deviations, 1 not tested
`
	if !strings.HasSuffix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

// title is that of a clause of the page, whose words may change.
func title(t *testing.T, number string) string {
	t.Helper()
	for _, c := range Clauses() {
		if c.Number == number && c.Title() != "" {
			return c.Title()
		}
	}
	t.Fatalf("no clause %s", number)
	return ""
}

func TestDeviations(t *testing.T) {
	known, err := ParseDeviations("# What we know.\n\nown/fails*   the id is ours\nown/passes mended since\nown/is-not-tested never seen\n")
	if err != nil {
		t.Fatal(err)
	}
	report := run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, reported), Deviations: known})
	got := text(t, report)
	if report.Count(Failed) != 0 || report.Count(Deviates) != 2 {
		t.Error(got)
	}
	for _, want := range []string{
		"deviates    7.3 ",
		"        known: the id is ours\n",
		"stale: own/passes passed, and is listed as a known deviation: mended since\n",
		"\n4 cases: 1 passed, 0 failed, 2 known deviations, 1 not tested\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "never seen") {
		t.Errorf("what was not tested is no deviation, nor stale:\n%s", got)
	}
}

func TestDeviationsWantReasons(t *testing.T) {
	for text, want := range map[string]string{
		"\nown/fails":      "line 2: own/fails needs a reason",
		"own/[ some words": "line 1: own/[: syntax error",
	} {
		if _, err := ParseDeviations(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestWriteJUnit(t *testing.T) {
	report := run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, reported),
		Deviations: []Deviation{{"own/fails", "as it is"}}})
	var b strings.Builder
	if err := report.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Cases    []struct {
				Class   string `xml:"classname,attr"`
				Name    string `xml:"name,attr"`
				Failure string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v:\n%s", err, &b)
	}
	if len(got.Suites) != 1 {
		t.Fatalf("%d suites:\n%s", len(got.Suites), &b)
	}
	s := got.Suites[0]
	if s.Name != "own" || s.Tests != 4 || s.Failures != 1 || s.Skipped != 2 || s.Cases[2].Class != "own" || s.Cases[2].Name != "fails-at-length" ||
		!strings.Contains(s.Cases[2].Failure, `"<&>`) {
		t.Errorf("%+v\n%s", s, &b)
	}
}

func TestWriteJSON(t *testing.T) {
	report := run(t, Options{URL: serve(t, tampering{}), Cases: parsed(t, reported)})
	var b strings.Builder
	if err := report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Clauses []struct {
			Clause, Text, Status string
			Cases                []string
		}
		Cases []struct {
			Name, Status, Reason, Transcript string
			Clauses                          []string
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &got, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v:\n%s", err, &b)
	}
	if len(got.Clauses) != 3 || len(got.Cases) != 4 {
		t.Fatalf("%s", &b)
	}
	clause, failed := got.Clauses[0], got.Cases[1]
	if clause.Clause != "7.3" || clause.Status != "failed" || len(clause.Cases) != 3 || clause.Text == "" {
		t.Errorf("%+v", clause)
	}
	if failed.Status != "failed" || failed.Reason == "" || failed.Transcript == "" || !cmp.Equal(failed.Clauses, []string{"7.3"}) {
		t.Errorf("%+v", failed)
	}
}
