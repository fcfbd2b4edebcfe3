package load

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

// What a guest is told is checked against the numbers of the messages.
func TestGuestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		numbers              []int64
		group                string
		lost, doubled, stray int64
		back                 bool
	}{
		"all":                 {numbers: []int64{4, 5, 6}, group: "g", back: true},
		"a hole":              {numbers: []int64{4, 6}, group: "g", lost: 1, back: true},
		"again":               {numbers: []int64{4, 5, 5, 6}, group: "g", doubled: 1, back: true},
		"out of order":        {numbers: []int64{5, 4, 6}, group: "g", lost: 1, doubled: 1, back: true},
		"the last is missing": {numbers: []int64{4, 5}, group: "g"},
		"another's":           {numbers: []int64{4}, group: "h", stray: 1},
	} {
		t.Run(name, func(t *testing.T) {
			crowd := &crowd{all: make(chan struct{})}
			g := &guest{crowd: crowd, group: "g", heard: 4}
			g.target.Store(7)
			crowd.guests = []*guest{g}
			template, err := NewSend(0, "g")
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range c.numbers {
				var r struct{ Params protocol.SendParams }
				_, message, _ := bytes.Cut(template.Frame(n, 0), []byte("{"))
				decode(t, append([]byte("{"), message...), &r)
				g.hear(&protocol.Message{Conversation: c.group, Body: r.Params.Body})
			}
			if g.lost.Load() != c.lost || g.doubled.Load() != c.doubled || g.stray.Load() != c.stray || (crowd.back.Load() == 1) != c.back {
				t.Errorf("lost %d, doubled %d, stray %d, back %d", g.lost.Load(), g.doubled.Load(), g.stray.Load(), crowd.back.Load())
			}
		})
	}
}

// A connection that does not live is noticed while nothing happens.
func TestIdleNoticesTheEnd(t *testing.T) {
	s := servertest.New(t)
	o := options(Idle, s.URL)
	o.For = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watching := make(chan struct{})
	told := false
	o.OnProgress = func(p Progress) {
		switch {
		case p.Doing == "alive" && !told:
			told = true
			close(watching)
		case p.Doing == "alive" && p.Done == 0:
			cancel() // all have ended: enough is seen
		}
	}
	type result struct {
		r   *Report
		err error
	}
	done := make(chan result, 1)
	go func() { // until all connections have ended
		r, err := Run(ctx, o)
		done <- result{r, err}
	}()
	<-watching
	s.Stop()
	got := <-done
	s.Start()
	if err := got.err; err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "5 of 5 connections have ended") || got.r.Steps[0].Connections != 0 {
		t.Errorf("%+v", got)
	}
}
