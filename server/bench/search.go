package main

import (
	"fmt"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// searches look for words in the long conversation and in the short one of an
// archive: for one that each message has, one of a thousand, and none.
var searches = []scenario{{"search", search}}

func search(l *lab) ([]*row, error) {
	dir, err := l.archive()
	if err != nil {
		return nil, err
	}
	server, err := l.startIn(programs.Server, dir)
	if err != nil {
		return nil, err
	}
	var all []*row
	for _, c := range []struct{ what, word string }{
		{"of each message", programs.EachWord},
		{fmt.Sprintf("of one in %d", programs.RareOf), programs.RareWord},
		{"of none", programs.NoWord},
	} {
		rows := newSearchRows(c.what, l.messages)
		if err := rows.measure(l, server, c.word); err != nil {
			return nil, err
		}
		all = append(all, rows.all()...)
	}
	return all, nil
}

type searchRows struct{ time, cpu *row }

func newSearchRows(what string, messages int) searchRows {
	name, short := fmt.Sprintf("search for a word %s of %d: ", what, messages), fmt.Sprintf("of a conversation of %d", programs.ShortMessages)
	return searchRows{
		time: &row{name: name + "p50", unit: micros, meaning: short},
		cpu:  &row{name: name + "server CPU", unit: micros, meaning: short},
	}
}

func (r searchRows) all() []*row { return []*row{r.time, r.cpu} }

func (r searchRows) measure(l *lab, server *child, word string) error {
	long, err := searchIn(l, server, programs.LongPeer, word)
	if err != nil {
		return err
	}
	defer long.Close()
	short, err := searchIn(l, server, programs.ShortPeer, word)
	if err != nil {
		return err
	}
	defer short.Close()
	brief := *l
	brief.round /= 3 // six things are measured
	for range l.rounds {
		got, err := long.round(&brief, 1, 1)
		if err != nil {
			return err
		}
		limit, err := short.round(&brief, 1, 1)
		if err != nil {
			return err
		}
		r.time.add(quantile(got.Answered, 50), quantile(limit.Answered, 50))
		r.cpu.add(got.cpuOf(got.Answers), limit.cpuOf(limit.Answers))
	}
	return nil
}

// searchIn connects somebody who asks for the first page of what is found.
func searchIn(l *lab, server *child, with, word string) (*drive, error) {
	limit := programs.PageSize
	sources, err := sameSource(protocol.Search.Name, protocol.SearchParams{Query: word, With: with, Limit: &limit}, 1)
	if err != nil {
		return nil, err
	}
	conns, err := load.Connect(l.ctx, "ws://"+server.Address, 1, func(c *load.Conn, _ int) error {
		return c.Login(programs.ArchiveUser)
	})
	if err != nil {
		return nil, err
	}
	return newDrive(server, conns, sources, load.Shape{}), nil
}
