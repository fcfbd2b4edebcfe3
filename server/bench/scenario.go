package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// A scenario is one kind of work that is measured.
type scenario struct {
	name string
	run  func(*lab) ([]*row, error)
}

// size is how long and how large everything is.
type size struct {
	rounds int           // of which the median counts
	warmUp time.Duration // of each round, before anything counts
	round  time.Duration
	idle   int // connections
}

var (
	full  = size{rounds: 5, warmUp: 300 * time.Millisecond, round: 1200 * time.Millisecond, idle: 2000}
	quick = size{rounds: 1, warmUp: 50 * time.Millisecond, round: 300 * time.Millisecond, idle: 200}
)

// lab is what a scenario finds: a place for its data, how long to measure, and
// the way to start programs.
type lab struct {
	size
	ctx      context.Context
	dir      string // of the run; removed at its end
	profiles string // folder for CPU profiles of the server, "" for none

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
		err = errors.Join(err, c.stop())
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

// A row is one line of the table.
type row struct {
	name     string
	unit     unit
	measured samples
	limit    samples // empty when there is none
	ratio    samples // of the rounds
	meaning  string  // of the limit
}

// add takes the result of a round. A limit of 0 is none.
func (r *row) add(measured, limit float64) {
	r.measured = append(r.measured, measured)
	if limit != 0 {
		r.limit = append(r.limit, limit)
		r.ratio = append(r.ratio, measured/limit)
	}
}

// samples are the results of several rounds.
type samples []float64

// median returns the middle one; of an even number, the upper one.
func (s samples) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}
