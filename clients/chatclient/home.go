package chatclient

import (
	"context"

	"asappchat/protocol"
)

// fill reads the list of conversations: all of it, or what has changed since the
// mirror's cursor. It is called with the turn.
func (m *Mirror) fill(ctx context.Context) error {
	l, err := m.list(ctx)
	if err != nil {
		return err
	}
	m.client.inbox.skip(l.cursor)
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.whole {
		clear(m.entries)
	}
	m.arrangeLocked(l)
	for _, id := range l.left {
		if l.found[id] == nil {
			delete(m.entries, id)
		}
	}
	m.filled, m.loose = true, l.loose
	clear(m.stale)
	return nil
}

// listing is a list that was read. Some of it may be newer than its cursor: the
// events after that, which come, then change nothing.
type listing struct {
	whole  bool
	cursor string
	order  []string // ids, newest activity first
	strict int      // how many are on the first page; on others may be what became active meanwhile
	found  map[string]*protocol.Conversation
	left   []string
	loose  map[string]bool // those that are not on the first page
}

// list reads all pages of the list.
func (m *Mirror) list(ctx context.Context) (*listing, error) {
	l := &listing{whole: m.cursor == "", found: map[string]*protocol.Conversation{}, loose: map[string]bool{}}
	limit := m.client.Login().Limits.PageMax
	params := protocol.ConversationsParams{Since: m.cursor}
	if limit > 0 {
		params.Limit = &limit
	}
	for {
		page, err := ask(ctx, m.client, protocol.Conversations, params)
		if err != nil {
			return nil, err
		}
		l.add(&page)
		if params.Page = page.Next; params.Page == "" {
			return l, nil
		}
	}
}

// add adds a page. A conversation that changed while the list was read is on it
// twice: the later time counts, since it tells more.
func (l *listing) add(page *protocol.ConversationsResult) {
	first := l.cursor == ""
	l.cursor, l.whole = page.Cursor, l.whole || page.Reset
	for i := range page.Conversations {
		c := &page.Conversations[i]
		if !first {
			l.loose[c.ID] = true
		}
		if l.found[c.ID] == nil {
			l.order = append(l.order, c.ID)
		}
		l.found[c.ID] = c
	}
	if first {
		l.strict = len(l.order)
	}
	for _, id := range page.Left {
		delete(l.found, id)
	}
	l.left = append(l.left, page.Left...)
}

// arrangeLocked puts what was listed in its place. Of a list of what has
// changed, those with new activity come first; the others stay where they were
// among those that have not changed. What became active while the list was read
// may be at its end: its event puts it in its place, although it tells nothing new.
func (m *Mirror) arrangeLocked(l *listing) {
	sure := 0 // how many have new activity, since one behind them has
	for i, id := range l.order[:l.strict] {
		if c := l.found[id]; c != nil && m.activeLocked(c) {
			sure = i + 1
		}
	}
	for i := len(l.order) - 1; i >= 0; i-- {
		c := l.found[l.order[i]]
		if c == nil {
			continue
		}
		active := i < sure || m.activeLocked(c)
		m.putLocked(*c)
		if active {
			m.touchLocked(m.entries[c.ID])
		}
	}
}

// activeLocked says whether a conversation has been active since it was seen
// last.
func (m *Mirror) activeLocked(c *protocol.Conversation) bool {
	e := m.entries[c.ID]
	return e == nil || e.LastSeq != c.LastSeq || e.JoinedAt != c.JoinedAt
}

// putLocked puts a conversation that was just read into the mirror. What is kept
// of it is to be refreshed, from where the mirror stood, if it goes on at all.
func (m *Mirror) putLocked(c protocol.Conversation) {
	e := m.entries[c.ID]
	if e == nil {
		e = &entry{}
		m.entries[c.ID] = e
	}
	if e.JoinedAt != c.JoinedAt {
		e.recent = nil // it may not be theirs to see any more
		m.touchLocked(e)
	}
	e.recent.age(m.cursor)
	e.markers = nil
	e.Conversation, e.tail = c, tailOf(&c, m.user)
}
