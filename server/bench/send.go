package main

import "fmt"

// sending are scenarios in which users send to each other, in pairs, as fast
// as they are answered. Both of a pair are subscribed, so each message is also
// delivered twice. The limit is the store with groups as large as the server
// can make of what is in flight.
var sending = []scenario{
	sendScenario(1, 1, 1),
	sendScenario(1, 8, 8),
	sendScenario(1, 32, 32),
	sendScenario(50, 32, 512),
}

// sendScenario has a number of senders, each with a window of messages in
// flight on one connection.
func sendScenario(senders, window, group int) scenario {
	name := fmt.Sprintf("send, %d in flight", senders*window)
	return scenario{name, func(l *lab) ([]*row, error) {
		server, err := l.start("server")
		if err != nil {
			return nil, err
		}
		ceiling, err := l.start("store")
		if err != nil {
			return nil, err
		}
		s, err := startSenders(server, senders, window)
		if err != nil {
			return nil, err
		}
		defer s.close()
		return s.compare(l, server, ceiling, group)
	}}
}

// compare runs the rounds.
func (s *senders) compare(l *lab, server, ceiling *child, group int) ([]*row, error) {
	if err := l.profile(server); err != nil {
		return nil, err
	}
	rows := newSendRows(l.name, group)
	for range l.rounds {
		got, err := s.round(l, server)
		if err != nil {
			return nil, err
		}
		var limit capacity
		if err := ceiling.ask(question{Ask: "commit", Group: group, For: l.round}, &limit); err != nil {
			return nil, err
		}
		rows.add(got, limit)
		l.progress("  %s of %s, load %s a message", perSecond(got.perSecond(got.answers)), perSecond(limit.PerSecond), micros(got.loadOf(got.answers)))
	}
	return []*row{rows.rate, rows.cpu, rows.p50, rows.p99, rows.group}, nil
}

// sendRows compare the server with its store.
type sendRows struct{ rate, cpu, p50, p99, group *row }

func newSendRows(name string, group int) sendRows {
	alone := fmt.Sprintf("the store alone, groups of %d", group)
	commit := fmt.Sprintf("a commit of %d", group)
	return sendRows{
		rate:  &row{name: name + ": acknowledged", unit: perSecond, meaning: alone},
		cpu:   &row{name: name + ": server CPU a message", unit: micros, meaning: alone},
		p50:   &row{name: name + ": send to answer, p50", unit: micros, meaning: commit},
		p99:   &row{name: name + ": send to answer, p99", unit: micros, meaning: commit},
		group: &row{name: name + ": messages a group", unit: digits},
	}
}

func (r sendRows) add(got sent, limit capacity) {
	r.rate.add(got.perSecond(got.answers), limit.PerSecond)
	r.cpu.add(got.cpuOf(got.answers), limit.CPU)
	r.p50.add(float64(got.times.ValueAtQuantile(50)), limit.P50)
	r.p99.add(float64(got.times.ValueAtQuantile(99)), limit.P99)
	r.group.add(float64(got.server.Mutations)/float64(got.server.Groups), 0)
}
