package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// crowd is users, each with one connection, who are all cut off at once and
// come back with the token and the cursor that they have, as clients do. It is
// for one goroutine.
type crowd struct {
	address string
	guests  []*guest
	cutting atomic.Bool // that a connection ends is no failure
	failed  chan error  // takes the first failure
	running sync.WaitGroup

	// Of the return that is under way, or of the latest.
	since  time.Time     // when it was cut
	missed int           // messages of each of its teams that a guest has to get
	absent atomic.Int64  // guests that are not back yet
	back   chan struct{} // closed when all are
}

// comingAtOnce is how many dial, shake hands and log in at the same time. The
// server refuses some of those beyond 2,000 that have not logged in.
const comingAtOnce = 1000

// newCrowd makes a crowd that has never been there: its guests will log in by
// name, and begin at the end of the log.
func newCrowd(address string, names []string) *crowd {
	c := &crowd{address: address, failed: make(chan error, 1), since: time.Now()}
	for i, name := range names {
		c.guests = append(c.guests, newGuest(c, name, teamsOf(i, len(names))))
	}
	return c
}

// cut resets all connections, as when what is between breaks down, and waits
// until nobody reads them any more.
func (c *crowd) cut() {
	c.since = time.Now()
	c.cutting.Store(true)
	for _, g := range c.guests {
		g.cut()
	}
	c.running.Wait()
	c.cutting.Store(false)
}

// comeBack has all come back at once. It waits until each has as many messages
// of each of its teams as it missed; another one, or one twice, is a failure,
// now or until the next cut.
func (c *crowd) comeBack(l *lab, missed int) error {
	c.missed, c.back = missed, make(chan struct{})
	c.absent.Store(int64(len(c.guests)))
	gate := make(chan struct{}, comingAtOnce)
	for _, g := range c.guests {
		c.running.Go(func() { // until cut, or a failure
			if err := g.attend(gate); !c.cutting.Load() {
				c.fail(fmt.Errorf("%s: %w", g.name, err))
			}
		})
	}
	select {
	case <-c.back:
		return nil
	case <-time.After(time.Minute):
		return fmt.Errorf("after a minute %d are not back", c.absent.Load())
	case err := <-c.failed:
		return err
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// arrive counts a guest as back.
func (c *crowd) arrive() {
	if c.absent.Add(-1) == 0 {
		close(c.back)
	}
}

func (c *crowd) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// stay lets some time pass, in which nothing may come to anybody.
func (c *crowd) stay(l *lab, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-c.failed:
		return err
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// times are how long each was away.
func (c *crowd) times() *hdrhistogram.Histogram {
	times := newTimes()
	for _, g := range c.guests {
		times.RecordValue(g.away.Microseconds())
	}
	return times
}
