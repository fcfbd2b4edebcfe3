package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"asappchat/clients/load"
	"asappchat/protocol"
)

// measureMissed sends messages to ten of a user's n conversations, and measures
// how long it takes until the user is told of them, again and again; then the
// user's lists, in which they are.
func measureMissed(l *lab, server *child, n int) ([]figure, error) {
	c, err := load.Dial(l.ctx, "ws://"+server.Address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	cursor, err := miss(c, n)
	if err != nil {
		return nil, err
	}
	if _, err = catchUps(c, cursor, l.warmUp); err != nil {
		return nil, err
	}
	before, err := server.Usage()
	if err != nil {
		return nil, err
	}
	times, err := catchUps(c, cursor, l.round)
	if err != nil {
		return nil, err
	}
	after, err := server.Usage()
	if err != nil {
		return nil, err
	}
	lists, err := measureLists(l, server, n, cursor)
	return append([]figure{
		{missedTime, "p50", quantile(times, 50) / 1000},
		{missedTime, "p99", quantile(times, 99) / 1000},
		{missedCPU, "", inMicros(after.Minus(before).CPU) / float64(times.TotalCount())},
	}, lists...), err
}

// miss logs in, sends, and returns the cursor from before.
func miss(c *load.Conn, n int) (cursor string, err error) {
	if err := c.Login(manyUser); err != nil {
		return "", err
	}
	var before protocol.PingResult
	if err := c.Call(protocol.Ping.Name, protocol.Empty{}, &before); err != nil {
		return "", err
	}
	turns, err := toEach(spread(peersOf(n), missed))
	if err != nil {
		return "", err
	}
	return before.Cursor, sendAll(c, turns, missed)
}

// spread returns some of all, as far from each other as they are.
func spread(all []string, some int) []string {
	chosen := make([]string, some)
	for i := range chosen {
		chosen[i] = all[i*len(all)/some]
	}
	return chosen
}

// catchUps subscribes from a cursor, over and over, and returns how long it
// took until the last of the events had come.
func catchUps(c *load.Conn, cursor string, d time.Duration) (*hdrhistogram.Histogram, error) {
	times := load.NewTimes()
	for begun := time.Now(); time.Since(begun) < d; {
		one := time.Now()
		if err := c.Call(protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: cursor}, nil); err != nil {
			return nil, err
		}
		if err := c.Await(0, missed); err != nil {
			return nil, err
		}
		times.RecordValue(time.Since(one).Microseconds())
	}
	return times, nil
}
