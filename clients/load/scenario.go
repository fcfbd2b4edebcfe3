package load

import (
	"context"
	"fmt"
	"time"

	"asappchat/protocol"
)

// openSend connects pairs of users who send to each other.
func (s *stage) openSend(ctx context.Context) (*Drive, error) {
	users := s.users(s.options.Clients)
	sources := make([]Source, len(users))
	for i := range sources {
		var err error
		if sources[i], err = NewSend(i, users[i^1].name); err != nil {
			return nil, err
		}
	}
	conns, err := s.connect(ctx, users, true)
	if err != nil {
		return nil, err
	}
	return NewDrive(conns, sources, Shape{Copies: 2, Pairs: true}), nil
}

// openFanOut connects the members of a group, the first of whom sends.
func (s *stage) openFanOut(ctx context.Context) (*Drive, error) {
	conns, group, err := s.openGroup(ctx, true)
	if err != nil {
		return nil, err
	}
	source, err := NewSend(0, group)
	if err != nil {
		CloseAll(conns)
		return nil, err
	}
	shape := Shape{Copies: len(conns), Held: s.options.InFlight}
	return NewDrive(conns, []Source{source}, shape), nil
}

// openGroup connects the members of a new group.
func (s *stage) openGroup(ctx context.Context, subscribe bool) (conns []*Conn, group string, err error) {
	users := s.users(s.options.Clients)
	if conns, err = s.connect(ctx, users, subscribe); err != nil {
		return nil, "", err
	}
	if group, err = s.group(ctx, conns[0], users); err != nil {
		CloseAll(conns)
		return nil, "", err
	}
	return conns, group, nil
}

// openPing connects users who ping the server.
func (s *stage) openPing(ctx context.Context) (*Drive, error) {
	conns, err := s.connect(ctx, s.users(s.options.Clients), false)
	if err != nil {
		return nil, err
	}
	sources := make([]Source, len(conns))
	for i := range sources {
		if sources[i], err = NewRequest(protocol.Ping.Name, protocol.Empty{}); err != nil {
			CloseAll(conns)
			return nil, err
		}
	}
	return NewDrive(conns, sources, Shape{}), nil
}

// historyPage is how many messages are asked for at once.
const historyPage = 50

// openHistory connects users who read pages of a conversation, after the first
// has filled it.
func (s *stage) openHistory(ctx context.Context) (*Drive, error) {
	conns, group, err := s.openGroup(ctx, false)
	if err != nil {
		return nil, err
	}
	err = s.fill(ctx, conns[0], group)
	if err == nil {
		err = s.checkHistory(conns[0], group)
	}
	sources := make([]Source, len(conns))
	for i := range sources {
		if err == nil {
			sources[i], err = s.pages(group, i)
		}
	}
	if err != nil {
		CloseAll(conns)
		return nil, err
	}
	return NewDrive(conns, sources, Shape{}), nil
}

// pagesInTurn is how many places of the conversation each user reads.
const pagesInTurn = 64

// pages are requests for pages all over a conversation, the first of them for
// the newest messages; each reader has other places.
func (s *stage) pages(group string, reader int) (Turns, error) {
	limit := historyPage
	turns := make(Turns, pagesInTurn)
	for i := range turns {
		params := protocol.HistoryParams{With: group, Limit: &limit}
		if i > 0 {
			before := 2 + int64((i*len(turns)+reader*7919)*s.options.Messages/(len(turns)*len(turns)))%int64(s.options.Messages)
			params.Before = &before
		}
		var err error
		if turns[i], err = NewRequest(protocol.History.Name, params); err != nil {
			return nil, err
		}
	}
	return turns, nil
}

// fillWindow is how many messages are in flight while a conversation is filled.
const fillWindow = 32

// fill sends messages to a conversation. Those that the server refuses for
// their rate are sent again.
func (s *stage) fill(ctx context.Context, c *Conn, to string) error {
	defer context.AfterFunc(ctx, c.Close)()
	template, err := NewSend(0, to)
	if err != nil {
		return err
	}
	stored := s.watcher.counting("sending messages to read", s.options.Messages)
	for left := s.options.Messages; left > 0; {
		var frames []byte
		n := min(left, fillWindow)
		for range n {
			frames = append(frames, template.Frame(stored.Load(), 0)...)
		}
		if err := c.Write(frames); err != nil {
			return err
		}
		done, err := s.answers(ctx, c, n)
		if err != nil {
			return err
		}
		left -= done
		stored.Add(int64(done))
	}
	return nil
}

// checkHistory makes sure that the newest page is what was sent.
func (s *stage) checkHistory(c *Conn, group string) error {
	limit := historyPage
	var page protocol.HistoryResult
	if err := c.Call(protocol.History.Name, protocol.HistoryParams{With: group, Limit: &limit}, &page); err != nil {
		return err
	}
	sent := int64(s.options.Messages)
	if page.LastSeq != sent || int64(len(page.Messages)) != min(sent, historyPage) {
		return fmt.Errorf("the server has lost messages: of %d it has numbered %d, and the newest page holds %d", sent, page.LastSeq, len(page.Messages))
	}
	return nil
}

// answers takes n answers, waits if the server asks for it, and says how many
// are good.
func (s *stage) answers(ctx context.Context, c *Conn, n int) (good int, err error) {
	var longest time.Duration
	for range n {
		r, err := c.reply()
		if err != nil {
			return good, err
		}
		if r.Error == nil {
			good++
			continue
		}
		wait, again := s.later(r.Error.err())
		if !again {
			return good, r.Error.err()
		}
		longest = max(longest, wait)
	}
	return good, pause(ctx, longest)
}
