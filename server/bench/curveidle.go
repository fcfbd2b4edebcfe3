package main

import (
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
	sends, err := openPair(server)
	if err != nil {
		return nil, err
	}
	defer sends.close()
	pings, err := openPing(server)
	if err != nil {
		return nil, err
	}
	defer pings.close()
	first, err := openIdle(server, "warm", warm)
	if err != nil {
		return nil, err
	}
	defer first.close()
	before, err := server.QuietUsage()
	if err != nil {
		return nil, err
	}
	idle, err := openIdle(server, "idle", n)
	if err != nil {
		return nil, err
	}
	defer idle.close()
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
		{besidePing, "p50", quantile(pinged.answered, 50)},
		{besidePing, "p99", quantile(pinged.answered, 99)},
		{besideRate, "", sent.perSecond(sent.answers)},
	}, nil
}

// openIdle makes connections of users of their own.
func openIdle(server *child, stem string, n int) (*load, error) {
	names := usernames(stem, n)
	return listenAll(server.Address, n, func(c *conn, i int) error { return c.enter(names[i]) })
}

// openPair is the load of one user who sends to another.
func openPair(server *child) (*windows, error) {
	names := usernames("user", 2)
	request, err := newTemplate(0, names[1])
	if err != nil {
		return nil, err
	}
	conns, err := connectAll(server.Address, names)
	if err != nil {
		return nil, err
	}
	return newWindows(server, conns, []source{request}, 2), nil
}

// openPing is the load of one user who pings.
func openPing(server *child) (*windows, error) {
	request, err := newFixed(protocol.Ping.Name, protocol.Empty{})
	if err != nil {
		return nil, err
	}
	conns, err := connectAll(server.Address, []string{"pinger"})
	if err != nil {
		return nil, err
	}
	return newWindows(server, conns, []source{request}, 0), nil
}
