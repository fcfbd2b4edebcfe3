package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// A scenario is one kind of work that is measured.
type scenario struct {
	name string
	run  func(*lab) ([]*row, error)
}

// size is how long and how large everything is.
type size struct {
	quick    bool          // of laws, only few sizes
	rounds   int           // of which the median counts
	warmUp   time.Duration // of each round, before anything counts
	round    time.Duration
	users    int   // of sending to many
	members  []int // of the groups of the fan-out
	middle   []int // another of them, apart because of the open files that all take
	messages int   // of the long conversation
	idle     idleSize
	storm    stormSize
	home     homeSize
}

// homeSize is how many conversations a user has who has many, which are a
// multiple of 100, and how many messages each has.
type homeSize struct{ conversations, messages int }

// idleSize is how many connections are idle, how long after the last login
// their CPU is measured, and for how long: longer than it takes the server to
// ping each of them. Their memory is measured in the end.
type idleSize struct {
	conns         int
	settle, watch time.Duration
}

// stormSize is how many are in a storm, how many storms there are while nothing
// else happens, how long the first connections are idle before, longer than it
// takes the server to give the memory of their logins back, and how long
// nothing may come after a storm.
type stormSize struct {
	crowd, rounds int
	settle, pause time.Duration
}

var (
	full = size{
		rounds: 3, warmUp: 200 * time.Millisecond, round: time.Second,
		users: 5000, members: []int{100, 500, 5000}, middle: []int{1000}, messages: 1_000_000,
		idle:  idleSize{conns: 10_000, settle: 33 * time.Second, watch: 27 * time.Second},
		storm: stormSize{crowd: 10_000, rounds: 3, settle: 12 * time.Second, pause: 200 * time.Millisecond},
		home:  homeSize{conversations: 1000, messages: 100},
	}
	quick = size{
		quick:  true,
		rounds: 1, warmUp: 50 * time.Millisecond, round: 200 * time.Millisecond,
		users: 100, members: []int{20, 100, 200}, middle: []int{150}, messages: 20_000,
		idle:  idleSize{conns: 2000, settle: 500 * time.Millisecond, watch: time.Second},
		storm: stormSize{crowd: 1000, rounds: 1, settle: 200 * time.Millisecond, pause: 50 * time.Millisecond},
		home:  homeSize{conversations: 200, messages: 10},
	}
)

// lab is what a scenario finds: a place for its data, how long to measure, and
// the way to start programs.
type lab struct {
	size
	ctx      context.Context
	dir      string // of the run; removed at its end
	kept     string // folder for what the next run can use again
	profiles string // folder for CPU profiles of the server, "" for none
	chatd    string // the server's program, once it is built

	// Of the scenario that runs.
	name     string
	children []*child
}

// play runs a scenario, and ends the programs that it has started.
func (l *lab) play(s scenario) ([]*row, error) {
	l.progress("%s", s.name)
	l.name, l.children = s.name, nil
	rows, err := s.run(l)
	for _, c := range l.children {
		err = errors.Join(err, c.Stop())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return rows, nil
}

// progress tells who waits.
func (l *lab) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
