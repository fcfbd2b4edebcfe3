package main

import (
	"fmt"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// homes are a user's list of conversations: coming back when ten of many have
// changed, beside ten of ten; what has changed alone, beside the same rows
// straight from the store; and the first page of many, beside the only page of
// as many as it has.
var homes = []scenario{{"home", home}}

const (
	homeClients = 16
	homePage    = 50 // conversations
	homeFew     = missed
)

func home(l *lab) ([]*row, error) {
	house := &homeHouse{}
	defer house.close()
	if err := house.open(l); err != nil {
		return nil, err
	}
	short := *l
	short.round, short.warmUp = l.round/3, l.warmUp/2 // eight things are measured
	rows := newHomeRows(l.home.conversations)
	for range l.rounds {
		if err := rows.play(&short, house); err != nil {
			return nil, err
		}
	}
	return rows.all(), nil
}

type homeRows struct{ back, took, changed, first, firstCPU *row }

func newHomeRows(many int) homeRows {
	back := fmt.Sprintf("home, back when %d of %d changed: ", missed, many)
	first, page := fmt.Sprintf("home, first %d of %d: ", homePage, many), fmt.Sprintf("of a user with %d", homePage)
	few := fmt.Sprintf("when %d of %d changed", missed, homeFew)
	return homeRows{
		back:     &row{name: back + "server CPU", unit: micros, meaning: few, target: atMost(1.5)},
		took:     &row{name: back + "p50", unit: micros, meaning: few},
		changed:  &row{name: fmt.Sprintf("home, %d of %d changed: server CPU a page", missed, many), unit: micros, meaning: "the same rows from the store", target: atMost(2)},
		firstCPU: &row{name: first + "server CPU a page", unit: micros, meaning: page, target: atMost(1.5)},
		first:    &row{name: first + "p50", unit: micros, meaning: page, target: atMost(1.5)},
	}
}

func (r homeRows) all() []*row { return []*row{r.back, r.took, r.changed, r.firstCPU, r.first} }

func (r homeRows) play(l *lab, h *homeHouse) error {
	for _, measure := range []func(*lab, *homeHouse) error{r.playBack, r.playChanged, r.playFirst} {
		if err := measure(l, h); err != nil {
			return err
		}
	}
	return nil
}

// playBack has the users with many and with few conversations come back, again
// and again.
func (r homeRows) playBack(l *lab, h *homeHouse) error {
	many, err := h.manyBack.round(l)
	if err != nil {
		return err
	}
	few, err := h.fewBack.round(l)
	if err != nil {
		return err
	}
	r.back.add(many.cpu, few.cpu)
	r.took.add(quantile(many.times, 50), quantile(few.times, 50))
	return nil
}

func (r homeRows) playChanged(l *lab, h *homeHouse) error {
	got, err := h.changed.round(l, homeClients, 1)
	if err != nil {
		return err
	}
	alone, err := h.server.List(programs.Listing{
		Username: programs.HomeUser(l.home.conversations), Since: h.since, Limit: homePage, Want: missed, For: l.round})
	if err != nil {
		return err
	}
	r.changed.add(got.cpuOf(got.Answers), alone.CPU)
	return nil
}

func (r homeRows) playFirst(l *lab, h *homeHouse) error {
	for _, clients := range []int{1, homeClients} {
		got, err := h.first.round(l, clients, 1)
		if err != nil {
			return err
		}
		limit, err := h.only.round(l, clients, 1)
		if err != nil {
			return err
		}
		if clients == 1 {
			r.first.add(quantile(got.Answered, 50), quantile(limit.Answered, 50))
		} else {
			r.firstCPU.add(got.cpuOf(got.Answers), limit.cpuOf(limit.Answers))
		}
	}
	return nil
}

// askHome connects clients of a user who ask for a page of the list, and who
// make sure first that so many conversations are on it.
func askHome(l *lab, server *child, username string, p protocol.ConversationsParams, clients, want int) (*drive, error) {
	sources, err := sameSource(protocol.Conversations.Name, p, clients)
	if err != nil {
		return nil, err
	}
	conns, err := load.Connect(l.ctx, "ws://"+server.Address, clients, func(c *load.Conn, _ int) error {
		if err := c.Login(username); err != nil {
			return err
		}
		_, err := list(c, p, want)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newDrive(server, conns, sources, load.Shape{}), nil
}

// list reads a page of a list, on which so many conversations must be, and
// returns its cursor.
func list(c *load.Conn, p protocol.ConversationsParams, want int) (cursor string, err error) {
	var page protocol.ConversationsResult
	err = c.Call(protocol.Conversations.Name, p, &page)
	if n := len(page.Conversations); err == nil && (n != want || page.Reset) {
		err = fmt.Errorf("the page has %d conversations and not %d (reset: %t)", n, want, page.Reset)
	}
	return page.Cursor, err
}
