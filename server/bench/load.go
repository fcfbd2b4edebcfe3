package main

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"asappchat/server/bench/programs"
)

// load is clients that run until they are closed.
type load struct {
	clients []*client
	running sync.WaitGroup
	failed  chan error // takes the first failure
}

// startLoad runs clients.
func startLoad(clients []*client) *load {
	l := &load{clients: clients, failed: make(chan error, 1)}
	for _, c := range clients {
		l.running.Go(func() { // until close, or a failure
			if err := c.listen(); !errors.Is(err, net.ErrClosed) {
				l.fail(err)
			}
		})
	}
	return l
}

func (l *load) fail(err error) {
	select {
	case l.failed <- err:
	default:
	}
}

func (l *load) close() {
	for _, c := range l.clients {
		c.close()
	}
	l.running.Wait()
}

// count returns what came to all clients up to now.
func (l *load) count() (answers, events int64) {
	for _, c := range l.clients {
		answers += c.answers.Load()
		events += c.events.Load()
	}
	return answers, events
}

// wait lets the load run for some time, unless it fails.
func (l *load) wait(lab *lab, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-l.failed:
		return err
	case <-lab.ctx.Done():
		return lab.ctx.Err()
	}
}

// settle waits until all that was to come has come.
func (l *load) settle(lab *lab, settled func() bool) error {
	for deadline := time.Now().Add(20 * time.Second); !settled(); {
		if time.Now().After(deadline) {
			answers, events := l.count()
			return fmt.Errorf("not all has come: %d answers, %d events", answers, events)
		}
		if err := l.wait(lab, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// stretch is what happened in a stretch of time while a load was running.
type stretch struct {
	took            time.Duration
	answers, events int64
	server          programs.Usage
	load            time.Duration // CPU of this process
}

// measure warms up and then measures a stretch. begin is called in between.
func (l *load) measure(lab *lab, server *child, begin func()) (s stretch, err error) {
	if err := l.wait(lab, lab.warmUp); err != nil {
		return s, err
	}
	begin()
	before, err := l.state(server)
	if err != nil {
		return s, err
	}
	if err := l.wait(lab, lab.round); err != nil {
		return s, err
	}
	after, err := l.state(server)
	return stretch{
		took:    after.took - before.took,
		answers: after.answers - before.answers,
		events:  after.events - before.events,
		server:  after.server.Minus(before.server),
		load:    after.load - before.load,
	}, err
}

var started = time.Now()

// state is the stretch from the start of this process to now.
func (l *load) state(server *child) (s stretch, err error) {
	if s.server, err = server.Usage(); err != nil {
		return s, err
	}
	s.took = time.Since(started)
	s.answers, s.events = l.count()
	s.load, err = programs.CPUTime()
	return s, err
}

// perSecond is the rate of something that happened n times.
func (s stretch) perSecond(n int64) float64 { return float64(n) / s.took.Seconds() }

// cpuOf is the server's CPU for each of n things, in microseconds.
func (s stretch) cpuOf(n int64) float64 { return float64(s.server.CPU.Microseconds()) / float64(n) }

// loadOf is the same for the load.
func (s stretch) loadOf(n int64) float64 { return float64(s.load.Microseconds()) / float64(n) }
