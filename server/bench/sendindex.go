package main

import (
	"fmt"

	"asappchat/server/bench/programs"
)

// sendAndIndex has 50 users send as fast as they are answered, to the server and
// to one that indexes nothing. While they send, the index mostly waits; so its
// cost is measured once more until all of it is indexed.
func sendAndIndex(l *lab) ([]*row, error) {
	with, err := openSenders(l, programs.Server, sendersAtOnce, 2)
	if err != nil {
		return nil, err
	}
	defer with.Close()
	without, err := openSenders(l, programs.Unindexed, sendersAtOnce, 2)
	if err != nil {
		return nil, err
	}
	defer without.Close()
	rows := newIndexRows()
	for range l.rounds {
		got, whole, err := with.roundAndIndex(l)
		if err != nil {
			return nil, err
		}
		limit, err := without.round(l, sendersAtOnce, sendWindow)
		if err != nil {
			return nil, err
		}
		rows.add(got, limit, whole)
		l.progress("  %s of %s, and %s a message with the index", perSecond(got.perSecond(got.Answers)), perSecond(limit.perSecond(limit.Answers)), micros(whole))
	}
	return rows.all(), nil
}

// roundAndIndex is round, and waits until all is indexed. It also returns what a
// message cost by then, in microseconds.
func (d *drive) roundAndIndex(l *lab) (got stretch, whole float64, err error) {
	before, err := d.program.Usage()
	if err != nil {
		return got, 0, err
	}
	if got, err = d.round(l, sendersAtOnce, sendWindow); err != nil {
		return got, 0, err
	}
	if err := d.program.Index(); err != nil {
		return got, 0, err
	}
	after, err := d.program.Usage()
	used := after.Minus(before)
	return got, float64(used.CPU.Microseconds()) / float64(used.Mutations), err
}

type indexRows struct{ rate, cpu, whole *row }

func newIndexRows() indexRows {
	name, meaning := fmt.Sprintf("send, %d in flight, and index", sendersAtOnce*sendWindow), "nothing indexed"
	return indexRows{
		rate:  &row{name: name + ": acknowledged", unit: perSecond, meaning: meaning},
		cpu:   &row{name: name + ": server CPU a message", unit: micros, meaning: meaning, target: atMost(2)},
		whole: &row{name: name + ": the same until all is indexed", unit: micros, meaning: meaning, target: atMost(2)},
	}
}

func (r indexRows) all() []*row { return []*row{r.rate, r.cpu, r.whole} }

func (r indexRows) add(got, limit stretch, whole float64) {
	r.rate.add(got.perSecond(got.Answers), limit.perSecond(limit.Answers))
	r.cpu.add(got.cpuOf(got.Answers), limit.cpuOf(limit.Answers))
	r.whole.add(whole, limit.cpuOf(limit.Answers))
}
