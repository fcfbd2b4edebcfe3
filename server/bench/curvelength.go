package main

import (
	"os"

	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// lengthLaw is reading pages of 50 messages, one at a time, of a conversation
// that is all there is in the database, but for a short one. Ten million are
// measured when they have been made.
var lengthLaw = law{name: "length", grows: "messages of the conversation", sizes: lengths, figures: measureLength}

const tenMillion = 10_000_000

func lengths(l *lab) ([]int, error) {
	sizes := []int{100, 1000, 10_000, 100_000, 1_000_000}
	dir, err := l.archiveName(tenMillion)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err == nil {
		sizes = append(sizes, tenMillion)
	}
	return sizes, nil
}

var (
	pageTime = &measure{name: "a page of 50 messages: time", unit: "µs", log: true}
	pageCPU  = &measure{name: "a page of 50 messages: server CPU", unit: "µs"}
)

func measureLength(l *lab, messages int) (figures []figure, err error) {
	house := &historyHouse{}
	defer house.close()
	dir, err := l.archiveOf(messages)
	if err != nil {
		return nil, err
	}
	if house.server, err = l.startIn(programs.Server, dir); err != nil {
		return nil, err
	}
	limit, middle := programs.PageSize, int64(messages/2+1)
	if house.newest, err = house.ask(l, protocol.HistoryParams{With: programs.LongPeer, Limit: &limit}, 1); err != nil {
		return nil, err
	}
	if house.middle, err = house.ask(l, protocol.HistoryParams{With: programs.LongPeer, Limit: &limit, Before: &middle}, 1); err != nil {
		return nil, err
	}
	for _, page := range []struct {
		by string
		of *drive
	}{{"newest", house.newest}, {"in the middle", house.middle}} {
		got, err := page.of.round(l, 1, 1)
		if err != nil {
			return nil, err
		}
		figures = append(figures,
			figure{pageTime, page.by + ", p50", quantile(got.Answered, 50)},
			figure{pageTime, page.by + ", p99", quantile(got.Answered, 99)},
			figure{pageCPU, page.by, got.cpuOf(got.Answers)})
	}
	return figures, nil
}
