package main

import (
	"fmt"
	"time"

	"asappchat/server/bench/programs"
)

const thePrototype = "the prototype"

// sendRows compare the server with the prototype.
type sendRows struct {
	name                        string
	rate, cpu, fsyncs, p50, p99 *row
}

func newSendRows(name string) *sendRows {
	return &sendRows{
		name:   name,
		rate:   &row{name: name + ": acknowledged", unit: perSecond, meaning: thePrototype},
		cpu:    &row{name: name + ": server CPU a message", unit: micros, meaning: thePrototype},
		fsyncs: &row{name: name + ": commits a message", unit: digits, meaning: thePrototype},
		p50:    &row{name: name + ": send to delivered, p50", unit: micros, meaning: thePrototype},
		p99:    &row{name: name + ": send to delivered, p99", unit: micros, meaning: thePrototype},
	}
}

// aim sets the targets of durable sending. Each commit takes one fsync: of the
// write-ahead log. To these a checkpoint adds two, for each 4 MiB.
func (r *sendRows) aim() *sendRows {
	r.cpu.target, r.fsyncs.target, r.p99.target = atMost(1.4), itselfAtMost(0.05), atMost(1.5)
	return r
}

func (r *sendRows) all() []*row { return []*row{r.rate, r.cpu, r.fsyncs, r.p50, r.p99} }

func (r *sendRows) add(got, limit stretch) {
	r.rate.add(got.perSecond(got.Answers), limit.perSecond(limit.Answers))
	r.cpu.add(got.cpuOf(got.Answers), limit.cpuOf(limit.Answers))
	r.fsyncs.add(got.groupsOf(), limit.groupsOf())
	r.p50.add(quantile(got.Delivered, 50), quantile(limit.Delivered, 50))
	r.p99.add(quantile(got.Delivered, 99), quantile(limit.Delivered, 99))
}

// groupsOf returns the groups for each message.
func (s stretch) groupsOf() float64 { return float64(s.server.Groups) / float64(s.server.Mutations) }

// ceilingGroup is how many messages the store alone gets at once.
const ceilingGroup = 512

// ceilingRows compare the server with its store.
type ceilingRows struct{ rate, cpu *row }

func newCeilingRows(name string, group int) ceilingRows {
	alone := fmt.Sprintf("the store alone, groups of %d", group)
	return ceilingRows{
		rate: &row{name: name + ": acknowledged", unit: perSecond, meaning: alone},
		cpu:  &row{name: name + ": server CPU a message", unit: micros, meaning: alone},
	}
}

func (r ceilingRows) all() []*row { return []*row{r.rate, r.cpu} }

func (r ceilingRows) add(got stretch, limit programs.Capacity) {
	r.rate.add(got.perSecond(got.Answers), limit.PerSecond)
	r.cpu.add(got.cpuOf(got.Answers), limit.CPU)
}

// oneRows are of one connection with a full window.
type oneRows struct{ prototype, all50 *row }

func newOneRows() oneRows {
	name := fmt.Sprintf("send, %d in flight on one connection: acknowledged", sendWindow)
	return oneRows{
		prototype: &row{name: name, unit: perSecond, meaning: thePrototype},
		all50: &row{name: name, unit: perSecond, target: atLeast(1. / 3),
			meaning: fmt.Sprintf("the server with %d such connections", sendersAtOnce)},
	}
}

func (r oneRows) all() []*row { return []*row{r.prototype, r.all50} }

func (r oneRows) add(got, limit, all50 stretch) {
	rate := got.perSecond(got.Answers)
	r.prototype.add(rate, limit.perSecond(limit.Answers))
	r.all50.add(rate, all50.perSecond(all50.Answers))
}

// singleRows are of one message at a time. The target is hard: a commit of one
// message writes five pages of 4 KiB before its fsync, and the prototype itself is
// about there.
type singleRows struct{ prototype, fsync *row }

func newSingleRows() singleRows {
	name := "send, 1 in flight: send to delivered, p50"
	return singleRows{
		prototype: &row{name: name, unit: micros, meaning: thePrototype},
		fsync:     &row{name: name, unit: micros, target: atMost(1), meaning: "1.3 fsyncs of 4 KiB, and 0.1 ms"},
	}
}

func (r singleRows) all() []*row { return []*row{r.prototype, r.fsync} }

// play runs a round, and fsyncs in between.
func (r singleRows) play(l *lab, house *sendHouse) error {
	got, limit, err := house.round(l, 1, 1)
	if err != nil {
		return err
	}
	fsync, err := fsyncTime(l.dir)
	if err != nil {
		return err
	}
	p50 := quantile(got.Delivered, 50)
	r.prototype.add(p50, quantile(limit.Delivered, 50))
	r.fsync.add(p50, 1.3*inMicros(fsync)+inMicros(100*time.Microsecond))
	return nil
}
