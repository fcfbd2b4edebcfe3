package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Faults are what a server got wrong. All are 0 of one that works.
type Faults struct {
	Unanswered     int64 `json:"unanswered"`
	StrangeAnswers int64 `json:"strange_answers"` // that belong to no request
	Lost           int64 `json:"lost"`            // messages that somebody should have been told, and was not
	Doubled        int64 `json:"doubled"`         // messages that somebody was told again, or out of order
	Stray          int64 `json:"stray"`           // messages that somebody should not have been told
}

func (f Faults) minus(before Faults) Faults {
	f.Unanswered -= before.Unanswered
	f.StrangeAnswers -= before.StrangeAnswers
	f.Lost -= before.Lost
	f.Doubled -= before.Doubled
	f.Stray -= before.Stray
	return f
}

func (f Faults) total() int64 {
	return f.Unanswered + f.StrangeAnswers + f.Lost + f.Doubled + f.Stray
}

// Err is nil when there are none.
func (f Faults) Err() error {
	var all []string
	for _, one := range []struct {
		n    int64
		what string
	}{
		{f.Unanswered, "requests were not answered"}, {f.StrangeAnswers, "answers belong to no request"},
		{f.Lost, "messages were lost"}, {f.Doubled, "messages came twice or out of order"},
		{f.Stray, "messages came to somebody whom they do not concern"},
	} {
		if one.n > 0 {
			all = append(all, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	if all == nil {
		return nil
	}
	return errors.New(strings.Join(all, ", "))
}

// heard is what a client was told of the messages of one sender. Those come in
// the order in which they were sent (protocol, sections 3.6 and 7.2), so their
// numbers only rise.
type heard struct {
	next int64 // one more than the highest number
	n    int64
}

// hears checks an event, and says whether somebody else has sent its message.
// It is called from the client's goroutine.
func (d *Drive) hears(c *client, s stamp) bool {
	from := 0 // place in heard
	if d.shape.Pairs {
		from = s.sender ^ c.number
	} else if s.sender != 0 {
		from = 2
	}
	if from > 1 || s.sender >= len(d.senders) {
		d.stray.Add(1)
		return false
	}
	h := &c.heard[from]
	if s.number < h.next {
		d.doubled.Add(1)
		return false
	}
	h.next = s.number + 1
	h.n++
	return s.sender != c.number
}

// settle waits until all that was to come has come, or nothing comes any more.
func (d *Drive) settle(pacing *sync.WaitGroup) error {
	sent := make(chan struct{})
	d.running.Go(func() { // until all is sent, or the connections are closed
		pacing.Wait()
		close(sent)
	})
	last, since := int64(-1), time.Now()
	for {
		select {
		case <-sent:
			if d.settled() {
				return nil
			}
		default:
		}
		answers, events := d.count()
		if answers+events != last {
			last, since = answers+events, time.Now()
		}
		if time.Since(since) > d.patience {
			return fmt.Errorf("nothing more has come for %v", d.patience)
		}
		if err := d.Wait(context.Background(), time.Millisecond); err != nil {
			return err
		}
	}
}

func (d *Drive) settled() bool {
	var sent, open, accepted int64
	for _, s := range d.senders {
		n, waiting, good := s.state()
		sent, open, accepted = sent+n, open+waiting, accepted+good
	}
	answers, events := d.count() // what is counted has been taken
	if d.shape.Blind {
		accepted, answers = sent, sent
	}
	return open == 0 && answers >= accepted && events-d.doubled.Load()-d.stray.Load() >= int64(d.shape.Copies)*accepted
}

// faultsNow returns all faults up to now. After a round that has settled, it is
// the whole truth.
func (d *Drive) faultsNow() Faults {
	f := Faults{StrangeAnswers: d.strange.Load(), Doubled: d.doubled.Load(), Stray: d.stray.Load()}
	var accepted int64
	for _, s := range d.senders {
		_, open, good := s.state()
		f.Unanswered += open
		accepted += good
	}
	if d.shape.Blind {
		return f
	}
	_, events := d.count()
	// Of the events, those that were neither told twice nor to the wrong one.
	missing := int64(d.shape.Copies)*accepted - (events - f.Doubled - f.Stray)
	f.Lost += max(0, missing)
	f.Stray += max(0, -missing)
	return f
}

// Failed is an error when anything went wrong in a stretch: a fault, or a
// refusal.
func (s Stretch) Failed() error {
	if err := s.Faults.Err(); err != nil {
		return err
	}
	if len(s.Refusals) > 0 {
		r := s.Refusals[0]
		return fmt.Errorf("%d requests were refused: %s: %s", r.Count, r.Kind, r.Message)
	}
	return nil
}
