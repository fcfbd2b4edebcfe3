package main

import "fmt"

// fanouts are scenarios in which one member sends to a group all of whose
// members are subscribed. A message is in flight until everybody has it, so
// that no program gains by letting messages pile up. The limits are programs
// that broadcast the same bytes on the same websocket library.
var fanouts = []scenario{fanoutScenario(100), fanoutScenario(1000)}

// fanoutWindow is how many messages are in flight.
const fanoutWindow = 16

func fanoutScenario(members int) scenario {
	name := fmt.Sprintf("fan-out to %d", members)
	return scenario{name, func(l *lab) ([]*row, error) {
		house := &fanoutHouse{}
		defer house.close()
		if err := house.open(l, members); err != nil {
			return nil, err
		}
		return house.compare(l)
	}}
}

// fanoutHouse is the server and the bare programs, each with its members.
type fanoutHouse struct {
	chat, joined, each *broadcast
	opened             []*broadcast
}

func (h *fanoutHouse) close() {
	for _, b := range h.opened {
		b.close()
	}
}

func (h *fanoutHouse) open(l *lab, members int) error {
	server, err := l.start("server")
	if err != nil {
		return err
	}
	conns, request, event, err := makeGroup(server, members)
	if err != nil {
		return err
	}
	h.chat = h.add(server, conns, request)
	if h.joined, err = h.bare(l, "joined", members, event); err != nil {
		return err
	}
	h.each, err = h.bare(l, "each", members, event)
	return err
}

func (h *fanoutHouse) add(program *child, conns []*conn, source source) *broadcast {
	b := newBroadcast(program, conns, source)
	h.opened = append(h.opened, b)
	return b
}

// bare starts a bare program that broadcasts one message.
func (h *fanoutHouse) bare(l *lab, name string, members int, message []byte) (*broadcast, error) {
	program, err := l.start(name)
	if err != nil {
		return nil, err
	}
	conns, err := dialAll(program.address, members, func(*conn, int) error { return nil })
	if err != nil {
		return nil, err
	}
	return h.add(program, conns, fixed(appendFrame(nil, message, true))), nil
}

// compare runs the rounds.
func (h *fanoutHouse) compare(l *lab) ([]*row, error) {
	if err := l.profile(h.chat.program); err != nil {
		return nil, err
	}
	joined := newFanoutRows(l.name, "a bare broadcast, frames joined")
	each := newFanoutRows(l.name, "a bare broadcast, frame by frame")
	for range l.rounds {
		var got [3]stretch
		for i, b := range []*broadcast{h.chat, h.joined, h.each} {
			var err error
			if got[i], err = b.round(l); err != nil {
				return nil, err
			}
			l.progress("  %s deliveries, load %s each", perSecond(got[i].perSecond(got[i].events)), micros(got[i].loadOf(got[i].events)))
		}
		joined.add(got[0], got[1])
		each.add(got[0], got[2])
	}
	return []*row{joined.rate, each.rate, joined.cpu, each.cpu}, nil
}

// fanoutRows compare the server with one of the bare programs.
type fanoutRows struct{ rate, cpu *row }

func newFanoutRows(name, limit string) fanoutRows {
	return fanoutRows{
		rate: &row{name: name + ": deliveries", unit: perSecond, meaning: limit},
		cpu:  &row{name: name + ": server CPU a delivery", unit: micros, meaning: limit},
	}
}

func (r fanoutRows) add(got, limit stretch) {
	r.rate.add(got.perSecond(got.events), limit.perSecond(limit.events))
	r.cpu.add(got.cpuOf(got.events), limit.cpuOf(limit.events))
}
