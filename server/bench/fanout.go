package main

import (
	"errors"
	"fmt"

	"asappchat/clients/load"
	"asappchat/server/bench/programs"
)

// fanouts is a scenario in which one member sends to a group all of whose
// members are subscribed, in groups of several sizes. A message is in flight until
// everybody has it, so that no program gains by letting messages pile up. The
// limits are programs that broadcast the same bytes on the same websocket
// library; they store nothing.
var fanouts = []scenario{
	{"fan-out", func(l *lab) ([]*row, error) { return fanout(l, l.members) }},
	{"fan-out to the middle", func(l *lab) ([]*row, error) { return fanout(l, l.middle) }},
}

// fanoutWindow is how many messages are in flight.
const fanoutWindow = 16

func fanout(l *lab, sizes []int) ([]*row, error) {
	var houses []*fanoutHouse
	defer func() {
		for _, h := range houses {
			h.close()
		}
	}()
	for _, members := range sizes {
		h := &fanoutHouse{members: members}
		houses = append(houses, h)
		if err := h.open(l); err != nil {
			return nil, err
		}
	}
	return compareFanouts(l, houses)
}

// compareFanouts runs the rounds. The cost of a delivery should not rise with the
// size of the group.
func compareFanouts(l *lab, houses []*fanoutHouse) ([]*row, error) {
	smallest, largest := houses[0], houses[len(houses)-1]
	// The bare broadcast costs more in a larger group, too: the sockets of 5,000
	// connections do not fit into the processor's caches.
	size := &row{
		name: fmt.Sprintf("fan-out to %d: server CPU a delivery", largest.members), unit: micros, target: atMost(1.2),
		meaning: fmt.Sprintf("the server's to %d", smallest.members),
	}
	rows := make([]fanoutRows, len(houses))
	for i, h := range houses {
		rows[i] = newFanoutRows(h.members)
	}
	for range l.rounds {
		var cpu []float64
		for i, h := range houses {
			got, err := h.round(l)
			if err != nil {
				return nil, err
			}
			rows[i].add(got)
			cpu = append(cpu, got[0].cpuOf(got[0].Events))
		}
		size.add(cpu[len(cpu)-1], cpu[0])
	}
	var all []*row
	for _, r := range rows {
		all = append(all, r.all()...)
	}
	if smallest == largest {
		return all, nil
	}
	return append(all, size), nil
}

// fanoutHouse is the server and the bare programs, each with its members.
type fanoutHouse struct {
	members int
	opened  []*drive // the server; with frames joined; frame by frame
}

func (h *fanoutHouse) close() {
	for _, b := range h.opened {
		b.Close()
	}
}

func (h *fanoutHouse) open(l *lab) error {
	server, err := l.start(programs.Server)
	if err != nil {
		return err
	}
	conns, request, event, err := makeGroup(l, server, h.members)
	if err != nil {
		return err
	}
	h.add(server, conns, request)
	if err := l.profile(server); err != nil {
		return err
	}
	return errors.Join(h.bare(l, programs.Joined, event), h.bare(l, programs.Each, event))
}

func (h *fanoutHouse) add(program *child, conns []*load.Conn, source load.Source) {
	h.opened = append(h.opened, newDrive(program, conns, []load.Source{source}, load.Shape{
		Copies: h.members, Held: fanoutWindow, Blind: true,
	}))
}

// bare starts a bare program that broadcasts one message.
func (h *fanoutHouse) bare(l *lab, name programs.Name, message []byte) error {
	program, err := l.start(name)
	if err != nil {
		return err
	}
	conns, err := load.Connect(l.ctx, "ws://"+program.Address, h.members, nothing)
	if err != nil {
		return err
	}
	h.add(program, conns, load.Same(load.Frame(message)))
	return nil
}

// round measures the programs.
func (h *fanoutHouse) round(l *lab) (got [3]stretch, err error) {
	for i, b := range h.opened {
		if got[i], err = b.round(l, 1, fanoutWindow); err != nil {
			return got, err
		}
		l.progress("  to %d: %s deliveries, load %s each", h.members, perSecond(got[i].perSecond(got[i].Events)), micros(got[i].loadOf(got[i].Events)))
	}
	return got, nil
}

// fanoutRows compare the server with the bare programs.
type fanoutRows struct{ joined, each, joinedCPU, eachCPU, joining *row }

// commitShared is from how many members on the commit of a message, which a bare
// broadcast does without, is a small part of its cost.
const commitShared = 500

func newFanoutRows(members int) fanoutRows {
	const joined, each = "a bare broadcast, frames joined", "a bare broadcast, frame by frame"
	rate := fmt.Sprintf("fan-out to %d: deliveries", members)
	cpu := fmt.Sprintf("fan-out to %d: server CPU a delivery", members)
	var target *target
	if members >= commitShared {
		target = atLeast(0.8)
	}
	return fanoutRows{
		joined:    &row{name: rate, unit: perSecond, meaning: joined, target: target},
		each:      &row{name: rate, unit: perSecond, meaning: each, target: atLeast(4)},
		joinedCPU: &row{name: cpu, unit: micros, meaning: joined},
		eachCPU:   &row{name: cpu, unit: micros, meaning: each},
		joining:   &row{name: fmt.Sprintf("fan-out to %d: deliveries a write", members), unit: digits, meaning: joined},
	}
}

func (r fanoutRows) all() []*row { return []*row{r.joined, r.each, r.joinedCPU, r.eachCPU, r.joining} }

func (r fanoutRows) add(got [3]stretch) {
	chat, joined, each := got[0], got[1], got[2]
	r.joined.add(chat.perSecond(chat.Events), joined.perSecond(joined.Events))
	r.each.add(chat.perSecond(chat.Events), each.perSecond(each.Events))
	r.joinedCPU.add(chat.cpuOf(chat.Events), joined.cpuOf(joined.Events))
	r.eachCPU.add(chat.cpuOf(chat.Events), each.cpuOf(each.Events))
	r.joining.add(chat.perWrite(), joined.perWrite())
}

// perWrite returns how many events there were for each write.
func (s stretch) perWrite() float64 { return float64(s.Events) / float64(s.server.Writes) }
