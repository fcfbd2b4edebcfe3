package main

import (
	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// idleLaw is connections of users of their own that are logged in and
// subscribed and do nothing, beside a hundred more, and what they mean to those who do something.
// Memory is what the server has resident more for them, after it has collected
// garbage; scenario idle has what it is without that.
var idleLaw = law{
	name: "idle", grows: "idle connections", sizes: theSizes(100, 1000, 5000, 10_000),
	figures: measureIdle,
}

// besideWindow is how many messages a user has in flight beside idle
// connections.
const besideWindow = 8

var (
	idleMemory = &measure{name: "memory of an idle connection", unit: "KiB"}
	besidePing = &measure{name: "ping beside them, one in flight", unit: "µs"}
	besideRate = &measure{name: "messages beside them, 8 in flight", unit: "a second"}
)

func measureIdle(l *lab, n int) (figures []figure, err error) {
	server, err := l.start(programs.Server)
	if err != nil {
		return nil, err
	}
	sends, err := openPair(l, server)
	if err != nil {
		return nil, err
	}
	defer sends.Close()
	pings, err := openPing(l, server)
	if err != nil {
		return nil, err
	}
	defer pings.Close()
	first, err := openIdle(l, server, "warm", warm)
	if err != nil {
		return nil, err
	}
	defer first.Close()
	before, err := server.QuietUsage()
	if err != nil {
		return nil, err
	}
	idle, err := openIdle(l, server, "idle", n)
	if err != nil {
		return nil, err
	}
	defer idle.Close()
	after, err := server.QuietUsage()
	if err != nil {
		return nil, err
	}
	pinged, err := pings.round(l, 1, 1)
	if err != nil {
		return nil, err
	}
	sent, err := sends.round(l, 1, besideWindow)
	if err != nil {
		return nil, err
	}
	return []figure{
		{idleMemory, "", float64(after.Minus(before).RSS) / 1024 / float64(n)},
		{besidePing, "p50", quantile(pinged.Answered, 50)},
		{besidePing, "p99", quantile(pinged.Answered, 99)},
		{besideRate, "", sent.perSecond(sent.Answers)},
	}, nil
}

// openIdle makes connections of users of their own.
func openIdle(l *lab, server *child, stem string, n int) (*load.Load, error) {
	names := load.Usernames(stem, n)
	return listenAll(l, server.Address, n, func(c *load.Conn, i int) error { return c.Enter(names[i]) })
}

// openPair is the load of one user who sends to another.
func openPair(l *lab, server *child) (*drive, error) {
	names := load.Usernames("user", 2)
	request, err := load.NewSend(0, names[1])
	if err != nil {
		return nil, err
	}
	conns, err := connectAll(l, server.Address, names)
	if err != nil {
		return nil, err
	}
	return newDrive(server, conns, []load.Source{request}, load.Shape{Copies: 2, Pairs: true}), nil
}

// openPing is the load of one user who pings.
func openPing(l *lab, server *child) (*drive, error) {
	request, err := load.NewRequest(protocol.Ping.Name, protocol.Empty{})
	if err != nil {
		return nil, err
	}
	conns, err := connectAll(l, server.Address, []string{"pinger"})
	if err != nil {
		return nil, err
	}
	return newDrive(server, conns, []load.Source{request}, load.Shape{}), nil
}
