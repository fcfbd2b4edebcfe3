package main

import (
	"time"

	"asappchat/clients/load"
	"asappchat/server/bench/programs"
)

// drive is a load on a program whose use of the machine is measured with it.
type drive struct {
	*load.Drive
	program *child
}

func newDrive(program *child, conns []*load.Conn, sources []load.Source, shape load.Shape) *drive {
	return &drive{load.NewDrive(conns, sources, shape), program}
}

// stretch is what happened in a stretch of time while a load was running, and
// what the program and this process used.
type stretch struct {
	load.Stretch
	server programs.Usage
	load   time.Duration // CPU of this process
}

// round measures a stretch in which the first senders each have a number of
// requests in flight. At its end nothing is, and everything has been delivered:
// else it fails.
func (d *drive) round(l *lab, senders, inFlight int) (got stretch, err error) {
	edges := 0
	span := load.Span{WarmUp: l.warmUp, For: l.round, Edge: func() error {
		server, err := d.program.Usage()
		if err != nil {
			return err
		}
		own, err := programs.CPUTime()
		if edges++; edges == 2 {
			server, own = server.Minus(got.server), own-got.load
		}
		got.server, got.load = server, own
		return err
	}}
	got.Stretch, err = d.Round(l.ctx, span, load.Pace{Senders: senders, InFlight: inFlight})
	if err == nil {
		err = got.Failed()
	}
	return got, err
}

// perSecond is the rate of something that happened n times.
func (s stretch) perSecond(n int64) float64 { return float64(n) / s.Took.Seconds() }

// cpuOf is the server's CPU for each of n things, in microseconds.
func (s stretch) cpuOf(n int64) float64 { return float64(s.server.CPU.Microseconds()) / float64(n) }

// loadOf is the same for the load.
func (s stretch) loadOf(n int64) float64 { return float64(s.load.Microseconds()) / float64(n) }

// sameSource makes the same request from n connections.
func sameSource(method string, params any, n int) ([]load.Source, error) {
	all := make([]load.Source, n)
	for i := range all {
		var err error
		if all[i], err = load.NewRequest(method, params); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// nothing is done with a connection.
func nothing(*load.Conn, int) error { return nil }
