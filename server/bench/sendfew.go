package main

import (
	"fmt"

	"asappchat/server/bench/programs"
)

// sendingFew is one connection with few messages in flight, beside the store
// alone with groups of as many. The limit is unfair to it: its groups are full,
// while the server commits what has come since the group before.
var sendingFew = []scenario{{"send few", sendFew}}

// fewWindows are how many messages are in flight.
var fewWindows = []int{1, 8, 32}

func sendFew(l *lab) ([]*row, error) {
	server, err := openSenders(l, programs.Server, 2, 2)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	alone, err := l.start(programs.Store)
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, window := range fewWindows {
		r := newCeilingRows(fmt.Sprintf("send, %d in flight on one connection", window), window)
		for range l.rounds {
			got, err := server.round(l, 1, window)
			if err != nil {
				return nil, err
			}
			limit, err := alone.Commit(programs.Commits{Group: window, For: l.round / 2})
			if err != nil {
				return nil, err
			}
			r.add(got, limit)
		}
		rows = append(rows, r.all()...)
	}
	return rows, nil
}
