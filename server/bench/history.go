package main

import (
	"fmt"
	"runtime"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// histories read pages of 50 messages: of a long conversation, beside those of
// a short one and of the same rows straight from the store; and beside the
// writer.
var histories = []scenario{{"history", history}, {"readers and the writer", readersAndWriter}}

const historyClients = 16

// historyHouse is a server with the long and the short conversation, and what
// is asked of it.
type historyHouse struct {
	server              *child
	newest, middle, tip *drive // tip is the newest of the short conversation
}

func (h *historyHouse) close() {
	for _, w := range []*drive{h.newest, h.middle, h.tip} {
		if w != nil {
			w.Close()
		}
	}
}

func (h *historyHouse) open(l *lab) error {
	dir, err := l.archive()
	if err != nil {
		return err
	}
	if h.server, err = l.startIn(programs.Server, dir); err != nil {
		return err
	}
	middle, limit := int64(l.messages/2), programs.PageSize
	if h.newest, err = h.ask(l, protocol.HistoryParams{With: programs.LongPeer, Limit: &limit}, historyClients); err != nil {
		return err
	}
	if h.middle, err = h.ask(l, protocol.HistoryParams{With: programs.LongPeer, Limit: &limit, Before: &middle}, 1); err != nil {
		return err
	}
	if h.tip, err = h.ask(l, protocol.HistoryParams{With: programs.ShortPeer, Limit: &limit}, 1); err != nil {
		return err
	}
	return l.profile(h.server)
}

// ask connects clients that ask for a page.
func (h *historyHouse) ask(l *lab, p protocol.HistoryParams, clients int) (*drive, error) {
	sources, err := sameSource(protocol.History.Name, p, clients)
	if err != nil {
		return nil, err
	}
	conns, err := load.Connect(l.ctx, "ws://"+h.server.Address, clients, func(c *load.Conn, _ int) error {
		return c.Login(programs.ArchiveUser)
	})
	if err != nil {
		return nil, err
	}
	return newDrive(h.server, conns, sources, load.Shape{}), nil
}

func history(l *lab) ([]*row, error) {
	house := &historyHouse{}
	defer house.close()
	if err := house.open(l); err != nil {
		return nil, err
	}
	short := *l
	short.round /= 2 // five things are measured
	rows := newHistoryRows(l.messages)
	for range l.rounds {
		if err := rows.play(&short, house); err != nil {
			return nil, err
		}
	}
	return rows.all(), nil
}

type historyRows struct{ newest, middle, tail, cpu *row }

func newHistoryRows(messages int) historyRows {
	short := fmt.Sprintf("of a conversation of %d", programs.ShortMessages)
	return historyRows{
		newest: &row{name: fmt.Sprintf("history, newest 50 of %d: p50", messages), unit: micros, meaning: short, target: atMost(1.3)},
		middle: &row{name: fmt.Sprintf("history, 50 in the middle of %d: p50", messages), unit: micros, meaning: "the newest " + short, target: atMost(1.3)},
		tail:   &row{name: fmt.Sprintf("history, %d clients: p99", historyClients), unit: micros, meaning: "their p50", target: atMost(10)},
		cpu:    &row{name: fmt.Sprintf("history, %d clients: server CPU a page", historyClients), unit: micros, meaning: "the same rows from the store", target: atMost(2)},
	}
}

func (r historyRows) all() []*row { return []*row{r.newest, r.middle, r.tail, r.cpu} }

func (r historyRows) play(l *lab, h *historyHouse) error {
	tip, err := h.tip.round(l, 1, 1)
	if err != nil {
		return err
	}
	newest, err := h.newest.round(l, 1, 1)
	if err != nil {
		return err
	}
	middle, err := h.middle.round(l, 1, 1)
	if err != nil {
		return err
	}
	r.newest.add(quantile(newest.Answered, 50), quantile(tip.Answered, 50))
	r.middle.add(quantile(middle.Answered, 50), quantile(tip.Answered, 50))
	many, err := h.newest.round(l, historyClients, 1)
	if err != nil {
		return err
	}
	r.tail.add(quantile(many.Answered, 99), quantile(many.Answered, 50))
	alone, err := h.server.Read(l.round)
	if err != nil {
		return err
	}
	r.cpu.add(many.cpuOf(many.Answers), alone.CPU)
	l.progress("  %s pages", perSecond(many.perSecond(many.Answers)))
	return nil
}

// spareCores is how many cores a writer leaves, at least one.
func spareCores() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// readersAndWriter has the store commit, beside readers that never pause: one
// for each core that the writer leaves.
func readersAndWriter(l *lab) ([]*row, error) {
	dir, err := l.copyOfArchive()
	if err != nil {
		return nil, err
	}
	store, err := l.startIn(programs.Store, dir)
	if err != nil {
		return nil, err
	}
	readers := spareCores()
	cpu := &row{
		name: fmt.Sprintf("commits of %d, %d reader(s) at full speed: writer CPU a message", ceilingGroup, readers),
		unit: micros, meaning: "no readers", target: atMost(1.2),
	}
	round := l.round / 2 // a pair more often tells more than a longer one
	for range 2 * l.rounds {
		beside, err := store.Commit(programs.Commits{Group: ceilingGroup, For: round, Readers: readers})
		if err != nil {
			return nil, err
		}
		alone, err := store.Commit(programs.Commits{Group: ceilingGroup, For: round})
		if err != nil {
			return nil, err
		}
		cpu.add(beside.WriterCPU, alone.WriterCPU)
		l.progress("  %s beside readers, %s alone", perSecond(beside.PerSecond), perSecond(alone.PerSecond))
	}
	return []*row{cpu}, nil
}
