package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/clients/load"
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

// The store alone commits bodies that are as long as those that are sent.
func TestBodiesAreAlike(t *testing.T) {
	if len(programs.Body) != load.BodyBytes {
		t.Errorf("the store alone commits bodies of %d bytes", len(programs.Body))
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
		conns, err := connectAll(&lab{ctx: t.Context()}, p.Address, load.Usernames("user", 2))
		if err != nil {
			t.Fatal(err)
		}
		defer load.CloseAll(conns)
		request, err := load.NewSend(0, "user00001")
		if err != nil {
			t.Fatal(err)
		}
		if answer, err = answerSize(conns[0], request); err != nil {
			t.Fatal(err)
		}
		for {
			message, err := conns[1].Next()
			if err != nil {
				t.Fatal(err)
			}
			if load.IsMessage(message) {
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
