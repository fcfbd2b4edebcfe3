package clientkit

import (
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"asappchat/protocol/conformance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// notForClients are clauses that bind who writes an application, and say nothing
// of a client's own doing.
var notForClients = map[string]string{
	"5.4.2":  "who keeps several connections of a session",
	"12.5.3": "when an application says that its user types",
}

// The clauses that bind clients and the cases are in step.
func TestEveryClauseOfClientsHasACase(t *testing.T) {
	shown := map[string]bool{}
	seen := map[string]bool{}
	for _, c := range Cases() {
		if c.Sentence == "" || seen[c.Name] {
			t.Errorf("%s has no sentence, or is there twice", c.Name)
		}
		seen[c.Name] = true
		for _, n := range c.Clauses {
			shown[n] = true
		}
	}
	for _, c := range conformance.Clauses() {
		if c.Mark == "client" && !shown[c.Number] && notForClients[c.Number] == "" {
			t.Errorf("clause %s has no case: %s", c.Number, c.Title())
		}
		delete(shown, c.Number)
	}
	for n := range shown {
		t.Errorf("clause %s is not on the page", n)
	}
}

// The conversation is as long as it is meant to be, and parsed strictly.
func TestConversation(t *testing.T) {
	if n := len(conversation()); n != 40 {
		t.Errorf("%d turns", n)
	}
	for _, text := range []string{"1 cy send {}", "ana send {}", "1 ana send {", "1 ana send", "wait", "& wait", "1 ana send {} = group"} {
		if turns, err := parseScript(text); err == nil {
			t.Errorf("%q is taken for %v", text, turns)
		}
	}
}

// Most of the cases for servers can be played the other way round.
func TestReverses(t *testing.T) {
	shown := map[string]bool{}
	for _, r := range reverses() {
		for _, n := range r.of.Clauses {
			shown[n] = true
		}
	}
	if len(reverses()) < 600 || len(shown) < 120 {
		t.Errorf("%d cases of %d clauses", len(reverses()), len(shown))
	}
	if got := positions()["history"]; !slices.Equal(got, []string{"with", "limit", "before", "after", "around"}) {
		t.Errorf("params of history: %q", got)
	}
}

func TestNormal(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{`{"at":"x","body":"a","cursor":"1"}`, `{"body":"a","at":"y"}`},
		{`["c:AAAAAAAAAAAAAAAAAAAAAA","c:BBBBBBBBBBBBBBBBBBBBBB","c:AAAAAAAAAAAAAAAAAAAAAA"]`,
			`["c:CCCCCCCCCCCCCCCCCCCCCC","c:AAAAAAAAAAAAAAAAAAAAAA","c:CCCCCCCCCCCCCCCCCCCCCC"]`},
		{`{"kind":"x","message":"one"}`, `{"kind":"x","message":"two"}`},
	} {
		a, err := newNormal("").text([]byte(c.a))
		b, err2 := newNormal("").text([]byte(c.b))
		if err != nil || err2 != nil || a != b {
			t.Errorf("%s is %s, %s is %s (%v, %v)", c.a, a, c.b, b, err, err2)
		}
	}
	one, _ := newNormal("").text([]byte(`["c:AAAAAAAAAAAAAAAAAAAAAA","c:AAAAAAAAAAAAAAAAAAAAAA"]`))
	two, _ := newNormal("").text([]byte(`["c:AAAAAAAAAAAAAAAAAAAAAA","c:BBBBBBBBBBBBBBBBBBBBBB"]`))
	if one == two {
		t.Errorf("two conversations pass for one: %s", one)
	}
}

func TestSpread(t *testing.T) {
	seen := map[int]bool{}
	for _, p := range spread(1000, 0) {
		seen[p] = true
	}
	if len(seen) != 1000 || !seen[0] || !seen[999] {
		t.Errorf("%d of 1000 places", len(seen))
	}
	if got := spread(1000, 4); len(got) != 4 || got[0] != 125 || got[3] != 875 {
		t.Errorf("4 of 1000: %v", got)
	}
}

// A driver that does not keep to its word is told from a client that fails.
func TestNoDriver(t *testing.T) {
	for name, command := range map[string][]string{
		"no program":    {"/no/such/program"},
		"ends":          {"true"},
		"says nonsense": {"echo", "hello"},
	} {
		if _, err := Run(t.Context(), Options{Command: command, Filter: "fault/none"}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Run(t.Context(), Options{Start: startToy(""), Filter: "no such case"}); err == nil || !strings.Contains(err.Error(), "no case") {
		t.Errorf("no such case: %v", err)
	}
}
