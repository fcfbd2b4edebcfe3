package server_test

import (
	"fmt"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
)

// Servers for which a method counts as more or fewer messages than it should, and the case
// of the kit that must find it.
var brokenCosts = map[string]struct {
	filter, method string
	messages       int
}{
	"a search counts as two":            {"flow/rate/what-a-search-counts", "search", 2},
	"a search counts as six":            {"flow/rate/what-a-search-counts", "search", 6},
	"typing does not count":             {"flow/rate/what-counts.2", "typing", 0},
	"presence counts as one":            {"flow/rate/what-counts.7", "presence", 1},
	"presence counts one in 50 names":   {"flow/rate/what-counts.7", "presence", 11},
	"presence counts one in 5 names":    {"flow/rate/what-counts.7", "presence", 101},
	"set_password counts":               {"flow/rate/what-counts.1", "set_password", 51}, // more than becomes free again in the 250 ms of a refusal
	"create counts as one":              {"flow/rate/what-create-counts", "create", 1},
	"create counts one for each member": {"flow/rate/what-create-counts", "create", 41},
	"what is taken out does not count":  {"flow/rate/what-is-taken-out-counts", "edit", 1},
	"other queries count":               {"flow/rate/what-does-not-count.3", "ping", 1},
	"history counts":                    {"flow/rate/what-does-not-count.4", "history", 1},
}

func TestBrokenCostsAreCaught(t *testing.T) {
	url := limited(t, protocol.DefaultLimits()).URL
	wholesome := play(t, conformance.Options{URL: tells(t, lie{}, url), Filter: "flow/rate/what*"})
	if wholesome.Count(conformance.Failed) > 0 {
		t.Fatalf("the server that keeps its promises fails:\n%v", wholesome)
	}
	for name, b := range brokenCosts {
		t.Run(name, func(t *testing.T) {
			lies := tells(t, lie{
				request: onRequest(b.method, func(_ *line, r message) { costs(r, b.messages) }),
				answer:  onResult("set_presence", edited),
			}, url)
			report := play(t, conformance.Options{URL: lies, Filter: b.filter, Wait: 5 * time.Second})
			if report.Count(conformance.Failed) == 0 {
				t.Errorf("not caught:\n%v", report)
			}
		})
	}
}

// edited makes what came in the place of an edit look like one.
func edited(l *line, result message) {
	if l.asking["id"] == "edit" {
		result["message"] = map[string]any{"seq": 6}
	}
}

// costs puts another request in the place of one, that counts as so many messages
// and succeeds.
func costs(request message, messages int) {
	switch messages {
	case 0:
		request["method"], request["params"] = "server_info", []any{}
	case 1:
		request["method"], request["params"] = "set_presence", []any{"online"}
	default:
		names := []any{}
		for i := range 10 * (messages - 1) {
			names = append(names, fmt.Sprintf("nobody%d", i))
		}
		request["method"], request["params"] = "presence", []any{names}
	}
}
