package main

import "asappchat/protocol"

// idles is what a connection costs that does nothing. Each belongs to a user
// of its own, is logged in and subscribed. The limit is a connection that only
// exists, on the same websocket library with the same buffers. There is one
// round: memory hardly differs from one to the next.
var idles = []scenario{{"idle", idle}}

// warm is how many connections there are before anything counts.
const warm = 100

func idle(l *lab) ([]*row, error) {
	server, err := l.start("server")
	if err != nil {
		return nil, err
	}
	names := usernames("user", warm+l.idle)
	if err := register(server, names); err != nil {
		return nil, err
	}
	got, err := growth(server, l.idle, func(c *conn, i int) error { return c.login(names[i]) })
	if err != nil {
		return nil, err
	}
	bare, err := l.start("joined")
	if err != nil {
		return nil, err
	}
	limit, err := growth(bare, l.idle, func(*conn, int) error { return nil })
	if err != nil {
		return nil, err
	}
	const meaning = "a bare connection"
	each := float64(l.idle)
	memory := &row{name: "idle, memory a connection", unit: kibibytes, meaning: meaning}
	memory.add(float64(got.RSS)/each, float64(limit.RSS)/each)
	goroutines := &row{name: "idle, goroutines a connection", unit: digits, meaning: meaning}
	goroutines.add(float64(got.Goroutines)/each, float64(limit.Goroutines)/each)
	return []*row{memory, goroutines}, nil
}

// register opens the accounts beforehand, so that what the store keeps of them
// in memory does not count.
func register(server *child, names []string) error {
	c, err := dial(server.address)
	if err != nil {
		return err
	}
	defer c.close()
	for _, name := range names {
		if err := c.call(protocol.Register.Name, protocol.RegisterParams{Username: name}, nil); err != nil {
			return err
		}
	}
	return nil
}

// growth returns what a program uses more when it has n more connections.
func growth(p *child, n int, enter func(c *conn, i int) error) (usage, error) {
	first, err := dialAll(p.address, warm, enter)
	if err != nil {
		return usage{}, err
	}
	defer closeAll(first)
	before, err := p.quietUsage()
	if err != nil {
		return usage{}, err
	}
	rest, err := dialAll(p.address, n, func(c *conn, i int) error { return enter(c, warm+i) })
	if err != nil {
		return usage{}, err
	}
	defer closeAll(rest)
	after, err := p.quietUsage()
	return after.minus(before), err
}
