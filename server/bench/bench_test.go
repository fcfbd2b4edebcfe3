package main

import (
	"bufio"
	"bytes"
	"math"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/server/bench/programs"
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
	template, err := newTemplate(7, "bo")
	if err != nil {
		t.Fatal(err)
	}
	limits := protocol.DefaultLimits()
	seen := make(map[string]bool)
	for _, id := range []string{"1000000000", "1000000001"} {
		requests, _, bad := jsonrpc.Decode(template.next()[maskedHeader:], &limits, nil)
		if bad != nil || len(requests) != 1 {
			t.Fatal(bad, len(requests))
		}
		params, bad := protocol.Send.Decode(requests[0].Params, &limits)
		if bad != nil {
			t.Fatal(bad)
		}
		if diff := cmp.Diff([]string{id, "bo", body[stampDigits+1+senderDigits:]}, []string{string(requests[0].ID), params.To, params.Body[stampDigits+1+senderDigits:]}); diff != "" {
			t.Error(diff)
		}
		event := []byte(`{"body":"` + params.Body + `"}`)
		if at, sender, err := readStamp(event); err != nil || sender != 7 || at <= 0 || at > time.Since(started) {
			t.Errorf("stamped %v by %d, %v", at, sender, err)
		}
		if len(params.Body) != bodyBytes {
			t.Errorf("a body of %d bytes", len(params.Body))
		}
		if len(params.Body) != len(programs.Body) {
			t.Errorf("the store alone commits bodies of %d bytes", len(programs.Body))
		}
		if seen[params.ClientID] {
			t.Error("a client id comes twice")
		}
		seen[params.ClientID] = true
	}
}

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		target *target
		ratio  float64
		aim    string
		met    string
	}{
		{atMost(1.4), 1.4, "≤ 1.40", "yes"},
		{atMost(1.4), 1.41, "≤ 1.40", "no"},
		{atLeast(0.8), 0.8, "≥ 0.80", "yes"},
		{atLeast(0.8), 0.79, "≥ 0.80", "no"},
		{itselfAtMost(200), 9, "≤ 200 µs", "yes"},
		{itselfAtMost(99), 0.1, "≤ 99.0 µs", "no"},
		{nil, 1, "", ""},
	} {
		r := &row{unit: micros, target: c.target, measured: samples{100}, ratio: samples{c.ratio}}
		if diff := cmp.Diff([]string{c.aim, c.met}, []string{r.aim(), r.met()}); diff != "" {
			t.Errorf("%v: %s", c.ratio, diff)
		}
	}
}

// What the prototype answers and delivers is as long as what the server does,
// or it would not be the same work.
func TestPrototypeSpeaksAsTheServer(t *testing.T) {
	sizes := func(name programs.Name) (answer, event int) {
		p, err := programs.Open(name, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		conns, err := connectAll(p.Address, usernames("user", 2))
		if err != nil {
			t.Fatal(err)
		}
		defer closeAll(conns)
		request, err := newTemplate(0, "user00001")
		if err != nil {
			t.Fatal(err)
		}
		if answer, err = conns[0].answerSize(fixed(request.next())); err != nil {
			t.Fatal(err)
		}
		for {
			message, err := conns[1].next()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(message, messagePrefix) {
				return answer, len(message)
			}
		}
	}
	answer, event := sizes(programs.Server)
	prototypeAnswer, prototypeEvent := sizes(programs.Prototype)
	if diff := cmp.Diff([]int{answer, event}, []int{prototypeAnswer, prototypeEvent}); diff != "" {
		t.Error(diff)
	}
}

// A ping behind the last message does not make the load wait for another one
// before it counts what it has.
func TestPingIsNotMore(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	c := &client{conn: &conn{socket: here, in: bufio.NewReaderSize(here, readBytes)}}
	event := appendFrame(nil, append(bytes.Clone(messagePrefix), '}'), false)
	go there.Write(append(slices.Concat(event, event), pingFrame, 0)) // until it is read
	if answers, events, err := c.read(); answers != 0 || events != 2 || err != nil {
		t.Errorf("%d answers, %d events, %v", answers, events, err)
	}
}
