package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

// What a guest is told is checked against the numbers of the messages of each
// of its groups.
func TestGuestFaults(t *testing.T) {
	type told struct {
		group  int
		number int64
	}
	for name, c := range map[string]struct {
		told []told
		want Faults
		back bool
	}{
		"all":                  {told: []told{{3, 4}, {3, 5}, {7, 4}, {7, 5}}, back: true},
		"all, groups in turn":  {told: []told{{7, 4}, {3, 4}, {3, 5}, {7, 5}}, back: true},
		"a hole":               {told: []told{{3, 5}, {7, 4}, {7, 5}}, want: Faults{Lost: 1}, back: true},
		"again":                {told: []told{{3, 4}, {3, 5}, {3, 5}, {7, 4}, {7, 5}}, want: Faults{Doubled: 1}, back: true},
		"from before":          {told: []told{{3, 3}}, want: Faults{Doubled: 1}},
		"out of order":         {told: []told{{3, 5}, {3, 4}, {7, 4}, {7, 5}}, want: Faults{Lost: 1, Doubled: 1}, back: true},
		"the last is missing":  {told: []told{{3, 4}, {3, 5}, {7, 4}}},
		"a group is missing":   {told: []told{{3, 4}, {3, 5}}},
		"another's":            {told: []told{{4, 4}}, want: Faults{Stray: 1}},
		"another one, at last": {told: []told{{3, 4}, {3, 5}, {7, 4}, {7, 5}, {0, 5}}, want: Faults{Stray: 1}, back: true},
	} {
		t.Run(name, func(t *testing.T) {
			crowd := NewCrowd("", []Guest{{Groups: []int{3, 7}}}, 1)
			crowd.Expect(6)
			g := crowd.guests[0]
			g.heard = []int64{4, 4}
			for _, one := range c.told {
				if err := g.take(event(t, one.group, one.number, "")); err != nil {
					t.Fatal(err)
				}
			}
			if got := crowd.Faults(); got != c.want || (crowd.here() == 1) != c.back {
				t.Errorf("%+v, %d here", got, crowd.here())
			}
			if want := fmt.Sprint("at ", c.told[len(c.told)-1].number); g.cursor != want {
				t.Errorf("the cursor is %q, not %q", g.cursor, want)
			}
		})
	}
}

// A guest understands an event also when it is written in another way.
func TestGuestReadsAnyJSON(t *testing.T) {
	crowd := NewCrowd("", []Guest{{Groups: []int{1}}}, 1)
	crowd.Expect(1)
	g := crowd.guests[0]
	if err := g.take(event(t, 1, 0, " ")); err != nil {
		t.Fatal(err)
	}
	if crowd.here() != 1 || g.cursor != "at 0" {
		t.Errorf("%d here, the cursor is %q", crowd.here(), g.cursor)
	}
	if err := g.take([]byte(`{"jsonrpc":"2.0","method":"lagging","params":{}}`)); err == nil {
		t.Error("lagging is no error")
	}
}

// event is that of a message, with some space after each name.
func event(t *testing.T, group int, number int64, space string) []byte {
	t.Helper()
	template, err := NewSend(group, "g")
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Params protocol.SendParams }
	_, request, _ := bytes.Cut(template.Frame(number, 0), []byte("{"))
	decode(t, append([]byte("{"), request...), &r)
	message := fmt.Sprintf(`{"jsonrpc":"2.0","method":"message","params":{"message":{"body":"%s"},"cursor":"at %d"}}`, r.Params.Body, number)
	return []byte(strings.ReplaceAll(message, `":`, `":`+space))
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
