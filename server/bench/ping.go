package main

import (
	"fmt"

	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// pings is the least that a request can be. The limit is an echo on the
// server's own connections, with frames of the same size.
var pings = []scenario{{"ping", ping}}

// The connections of ping, and what each has in flight.
const (
	pingConns  = 50
	pingWindow = 16
)

func ping(l *lab) ([]*row, error) {
	server, size, err := openPings(l, programs.Server, (*conn).enter)
	if err != nil {
		return nil, err
	}
	defer server.close()
	bare, bareSize, err := openPings(l, programs.Echo, func(*conn, string) error { return nil })
	if err != nil {
		return nil, err
	}
	defer bare.close()
	if size != bareSize {
		return nil, fmt.Errorf("an answer to ping has %d bytes, an echo %d", size, bareSize)
	}
	const meaning = "an echo of JSON"
	rate := &row{name: "ping: requests", unit: perSecond, meaning: meaning, target: atLeast(0.75)}
	cpu := &row{name: "ping: server CPU a request", unit: micros, meaning: meaning}
	for range l.rounds {
		got, err := server.round(l, pingConns, pingWindow)
		if err != nil {
			return nil, err
		}
		limit, err := bare.round(l, pingConns, pingWindow)
		if err != nil {
			return nil, err
		}
		rate.add(got.perSecond(got.answers), limit.perSecond(limit.answers))
		cpu.add(got.cpuOf(got.answers), limit.cpuOf(limit.answers))
	}
	return []*row{rate, cpu}, nil
}

// openPings connects to a program, and returns how long its answers are.
func openPings(l *lab, program programs.Name, enter func(*conn, string) error) (w *windows, size int, err error) {
	p, err := l.start(program)
	if err != nil {
		return nil, 0, err
	}
	if err := l.profile(p); err != nil {
		return nil, 0, err
	}
	request, err := newFixed(protocol.Ping.Name, protocol.Empty{})
	if err != nil {
		return nil, 0, err
	}
	names := usernames("user", pingConns)
	conns, err := dialAll(p.Address, pingConns, func(c *conn, i int) error { return enter(c, names[i]) })
	if err != nil {
		return nil, 0, err
	}
	if size, err = conns[0].answerSize(request); err != nil {
		closeAll(conns)
		return nil, 0, err
	}
	return newWindows(p, conns, sameSource(request, pingConns), 0), size, nil
}

// answerSize sends a request and returns how long its answer is.
func (c *conn) answerSize(request fixed) (int, error) {
	if err := c.write(request); err != nil {
		return 0, err
	}
	answer, err := c.next()
	return len(answer), err
}

func sameSource(s source, n int) []source {
	all := make([]source, n)
	for i := range all {
		all[i] = s
	}
	return all
}
