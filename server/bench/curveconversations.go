package main

import (
	"asappchat/clients/load"
	"asappchat/server/bench/programs"
)

// conversationsLaw is one user who has many conversations with others that are
// away, sends to all of them in turn with few messages in flight, comes back to
// the last ten messages, each in a conversation of its own, and reads the list,
// first what has changed and then its first page.
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
	sends, err := openConversations(l, server, n)
	if err != nil {
		return nil, err
	}
	defer sends.Close()
	got, err := sends.round(l, 1, conversationsWindow)
	if err != nil {
		return nil, err
	}
	figures := []figure{
		{spreadRate, "", got.perSecond(got.Answers)},
		{spreadCPU, "", got.cpuOf(got.Answers)},
	}
	if n < missed {
		return figures, nil // as many messages of fewer conversations are another thing
	}
	caught, err := measureMissed(l, server, n)
	return append(figures, caught...), err
}

// openConversations has a user begin conversations, and returns the load of
// one that sends to them in turn.
func openConversations(l *lab, server *child, n int) (*drive, error) {
	peers := peersOf(n)
	if err := register(l, server.Address, peers); err != nil {
		return nil, err
	}
	conns, err := connectAll(l, server.Address, []string{manyUser})
	if err != nil {
		return nil, err
	}
	turns, err := toEach(peers)
	if err == nil {
		err = sendAll(conns[0], turns, n)
	}
	if err != nil {
		load.CloseAll(conns)
		return nil, err
	}
	return newDrive(server, conns, []load.Source{turns}, load.Shape{Copies: 1}), nil
}

// sendAll sends n messages, some together, and waits for their answers and
// their events.
func sendAll(c *load.Conn, s load.Source, n int) error {
	const together = 50
	for sent := 0; sent < n; {
		some := min(together, n-sent)
		for range some {
			if err := c.Write(s.Frame(int64(sent), 0)); err != nil {
				return err
			}
			sent++
		}
		if err := c.Await(some, some); err != nil {
			return err
		}
	}
	return nil
}

func peersOf(n int) []string { return load.Usernames("peer", n) }

// toEach makes sends to peers in turn.
func toEach(peers []string) (turns load.Turns, err error) {
	turns = make(load.Turns, len(peers))
	for i, peer := range peers {
		if turns[i], err = load.NewSend(0, peer); err != nil {
			return nil, err
		}
	}
	return turns, nil
}
