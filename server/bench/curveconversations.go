package main

import "asappchat/server/bench/programs"

// conversationsLaw is one user who has many conversations with others that are
// away, sends to all of them in turn with few messages in flight, and comes
// back to the last ten messages, each in a conversation of its own.
var conversationsLaw = law{
	name: "conversations", grows: "conversations of the user", sizes: theSizes(1, 10, 100, 1000, 10_000),
	figures: measureConversations,
}

const (
	manyUser            = "many"
	conversationsWindow = 8
	missed              = 10
)

var (
	spreadRate = &measure{name: "messages to all conversations in turn, 8 in flight", unit: "a second"}
	spreadCPU  = &measure{name: "messages to all conversations in turn: server CPU each", unit: "µs"}
	missedTime = &measure{name: "catching up on ten messages of ten conversations: time", unit: "ms"}
	missedCPU  = &measure{name: "catching up on ten messages of ten conversations: server CPU", unit: "µs"}
)

func measureConversations(l *lab, n int) ([]figure, error) {
	server, err := l.start(programs.Server)
	if err != nil {
		return nil, err
	}
	sends, err := openConversations(server, n)
	if err != nil {
		return nil, err
	}
	defer sends.close()
	got, err := sends.round(l, 1, conversationsWindow)
	if err != nil {
		return nil, err
	}
	figures := []figure{
		{spreadRate, "", got.perSecond(got.answers)},
		{spreadCPU, "", got.cpuOf(got.answers)},
	}
	if n < missed {
		return figures, nil // as many messages of fewer conversations are another thing
	}
	caught, err := measureMissed(l, server, n)
	return append(figures, caught...), err
}

// openConversations has a user begin conversations, and returns the load of
// one that sends to them in turn.
func openConversations(server *child, n int) (*windows, error) {
	peers := peersOf(n)
	if err := register(server.Address, peers); err != nil {
		return nil, err
	}
	conns, err := connectAll(server.Address, []string{manyUser})
	if err != nil {
		return nil, err
	}
	turns, err := toEach(peers)
	if err == nil {
		err = conns[0].sendAll(turns, n)
	}
	if err != nil {
		closeAll(conns)
		return nil, err
	}
	return newWindows(server, conns, []source{turns}, 1), nil
}

// sendAll sends n messages, some together, and waits for their answers and
// their events.
func (c *conn) sendAll(s source, n int) error {
	const together = 50
	events := &client{conn: c}
	for sent := 0; sent < n; {
		some := min(together, n-sent)
		for range some {
			if err := c.write(s.next()); err != nil {
				return err
			}
		}
		for sent += some; events.answers.Load() < int64(sent) || events.events.Load() < int64(sent); {
			answers, told, err := events.read()
			if err != nil {
				return err
			}
			events.answers.Add(int64(answers))
			events.events.Add(int64(told))
		}
	}
	return nil
}

func peersOf(n int) []string { return usernames("peer", n) }

// toEach makes sends to peers in turn.
func toEach(peers []string) (*inTurn, error) {
	turns := &inTurn{sources: make([]source, len(peers))}
	for i, peer := range peers {
		one, err := newTemplate(0, peer)
		if err != nil {
			return nil, err
		}
		turns.sources[i] = one
	}
	return turns, nil
}

// inTurn takes a frame from each source in turn. It is for one goroutine at a
// time.
type inTurn struct {
	sources []source
	n       int
}

func (t *inTurn) next() []byte {
	t.n++
	return t.sources[(t.n-1)%len(t.sources)].next()
}
