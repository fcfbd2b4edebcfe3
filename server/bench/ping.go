package main

import (
	"fmt"

	"asappchat/clients/load"
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
	server, size, err := openPings(l, programs.Server, (*load.Conn).Enter)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	bare, bareSize, err := openPings(l, programs.Echo, func(*load.Conn, string) error { return nil })
	if err != nil {
		return nil, err
	}
	defer bare.Close()
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
		rate.add(got.perSecond(got.Answers), limit.perSecond(limit.Answers))
		cpu.add(got.cpuOf(got.Answers), limit.cpuOf(limit.Answers))
	}
	return []*row{rate, cpu}, nil
}

// openPings connects to a program, and returns how long its answers are.
func openPings(l *lab, program programs.Name, enter func(*load.Conn, string) error) (d *drive, size int, err error) {
	p, err := l.start(program)
	if err != nil {
		return nil, 0, err
	}
	if err := l.profile(p); err != nil {
		return nil, 0, err
	}
	sources, err := sameSource(protocol.Ping.Name, protocol.Empty{}, pingConns)
	if err != nil {
		return nil, 0, err
	}
	names := load.Usernames("user", pingConns)
	conns, err := load.Connect(l.ctx, "ws://"+p.Address, pingConns, func(c *load.Conn, i int) error { return enter(c, names[i]) })
	if err != nil {
		return nil, 0, err
	}
	if size, err = answerSize(conns[0], sources[0]); err != nil {
		load.CloseAll(conns)
		return nil, 0, err
	}
	return newDrive(p, conns, sources, load.Shape{}), size, nil
}

// answerSize sends a request and returns how long its answer is.
func answerSize(c *load.Conn, request load.Source) (int, error) {
	if err := c.Write(request.Frame(0, 0)); err != nil {
		return 0, err
	}
	answer, err := c.Next()
	return len(answer), err
}
