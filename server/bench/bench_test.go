package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
)

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0123: "0.012", 0.5: "0.500", 1: "1.00", 12.34: "12.3", 512: "512", 5230: "5.23k", 1.06e6: "1.06M", math.Inf(1): "+Inf",
	} {
		if got := digits(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	s := samples{5, 1, 3}
	if got := s.median(); got != 3 {
		t.Errorf("got %v", got)
	}
}

// The frames of a template are whole, differ in id and client id, and ask what
// the server understands.
func TestTemplate(t *testing.T) {
	template, err := newTemplate("bo")
	if err != nil {
		t.Fatal(err)
	}
	limits := protocol.DefaultLimits()
	seen := make(map[string]bool)
	for _, id := range []string{"1000000000", "1000000001"} {
		const header = 2 + 2 + 4 // the length in 16 bits, and a mask
		requests, _, bad := jsonrpc.Decode(template.next()[header:], &limits, nil)
		if bad != nil || len(requests) != 1 {
			t.Fatal(bad, len(requests))
		}
		params, bad := protocol.Send.Decode(requests[0].Params, &limits)
		if bad != nil {
			t.Fatal(bad)
		}
		if diff := cmp.Diff([]string{id, "bo", body}, []string{string(requests[0].ID), params.To, params.Body}); diff != "" {
			t.Error(diff)
		}
		if seen[params.ClientID] {
			t.Error("a client id comes twice")
		}
		seen[params.ClientID] = true
	}
}
