package main

import (
	"fmt"

	"asappchat/clients/load"
	"asappchat/server/bench/programs"
)

// sending are scenarios in which users send to each other, in pairs, as fast
// as they are answered. The limit is the prototype, which does the least that
// durable sending takes. It is unfair in one thing: it delivers to the other
// user alone, the server to both, as its protocol has it.
var sending = []scenario{{"send", sendToPairs}, {"send and index", sendAndIndex}, {"send to many", sendToMany}}

// The senders of sendToPairs, and what each has in flight.
const (
	sendersAtOnce = 50
	sendWindow    = 32
)

// sendHouse is the server and the prototype with the same pairs of users.
type sendHouse struct{ server, prototype *drive }

func openSendHouse(l *lab, users int) (h *sendHouse, err error) {
	h = &sendHouse{}
	if h.server, err = openSenders(l, programs.Server, users, 2); err != nil {
		return nil, err
	}
	if h.prototype, err = openSenders(l, programs.Prototype, users, 1); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// openSenders starts a program that delivers each message so many times.
func openSenders(l *lab, program programs.Name, users, copies int) (*drive, error) {
	p, err := l.start(program)
	if err != nil {
		return nil, err
	}
	if err := l.profile(p); err != nil {
		return nil, err
	}
	names := load.Usernames("user", users)
	sources := make([]load.Source, users)
	for i := range sources {
		if sources[i], err = load.NewSend(i, names[i^1]); err != nil {
			return nil, err
		}
	}
	conns, err := connectAll(l, p.Address, names)
	if err != nil {
		return nil, err
	}
	return newDrive(p, conns, sources, load.Shape{Copies: copies, Pairs: true}), nil
}

func (h *sendHouse) close() {
	for _, w := range []*drive{h.server, h.prototype} {
		if w != nil {
			w.Close()
		}
	}
}

// round measures both programs.
func (h *sendHouse) round(l *lab, senders, inFlight int) (got, limit stretch, err error) {
	if got, err = h.server.round(l, senders, inFlight); err != nil {
		return got, limit, err
	}
	if err := h.server.program.Index(); err != nil { // which would be beside the prototype
		return got, limit, err
	}
	limit, err = h.prototype.round(l, senders, inFlight)
	l.progress("  %d in flight: %s of %s, load %s a message", senders*inFlight,
		perSecond(got.perSecond(got.Answers)), perSecond(limit.perSecond(limit.Answers)), micros(got.loadOf(got.Answers)))
	return got, limit, err
}

// sendToPairs has 50 users with much in flight, one with much, and one with
// one message at a time.
func sendToPairs(l *lab) ([]*row, error) {
	house, err := openSendHouse(l, sendersAtOnce)
	if err != nil {
		return nil, err
	}
	defer house.close()
	alone, err := l.start(programs.Store)
	if err != nil {
		return nil, err
	}
	rows := newSendRows(fmt.Sprintf("send, %d in flight", sendersAtOnce*sendWindow)).aim()
	ceiling := newCeilingRows(rows.name, ceilingGroup)
	one, single := newOneRows(), newSingleRows()
	for range l.rounds {
		got, limit, err := house.round(l, sendersAtOnce, sendWindow)
		if err != nil {
			return nil, err
		}
		rows.add(got, limit)
		capacity, err := alone.Commit(programs.Commits{Group: ceilingGroup, For: l.round / 2})
		if err != nil {
			return nil, err
		}
		ceiling.add(got, capacity)
		oneGot, oneLimit, err := house.round(l, 1, sendWindow)
		if err != nil {
			return nil, err
		}
		one.add(oneGot, oneLimit, got)
		if err := single.play(l, house); err != nil {
			return nil, err
		}
	}
	return append(append(append(rows.all(), ceiling.all()...), one.all()...), single.all()...), nil
}

// sendToMany has so many users that each message falls on other pages of the
// database. The prototype spares the members' rows, which is most of the
// difference here; so there is no target.
func sendToMany(l *lab) ([]*row, error) {
	house, err := openSendHouse(l, l.users)
	if err != nil {
		return nil, err
	}
	defer house.close()
	rows := newSendRows(fmt.Sprintf("send, %d users in pairs, one in flight each", l.users))
	for range l.rounds {
		got, limit, err := house.round(l, l.users, 1)
		if err != nil {
			return nil, err
		}
		rows.add(got, limit)
	}
	return rows.all(), nil
}
