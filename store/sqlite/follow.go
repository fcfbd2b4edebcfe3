package sqlite

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// reach is how far a page of events goes.
type reach struct {
	upto  store.Place
	limit int // of events
	bytes int // of the messages' sizes
}

// Follow returns what happened along a trail.
func (s *Store) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) (events []store.Event, next store.Trail, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		events, next, err = c.follow(username, trail, reach{upto, limit, bytes})
		return err
	})
	return events, next, err
}

func (c *conn) follow(username string, trail store.Trail, to reach) (events []store.Event, next store.Trail, err error) {
	v, err := c.viewOf(username, viewByKey, trail.Conversation)
	switch {
	case err == nil:
		events, trail, err = c.gather(&v, trail, to)
	case errors.Is(err, store.ErrNotFound):
		events, err = c.departure(username, trail, to.upto)
	}
	if err != nil {
		return nil, trail, err
	}
	events, next = cut(events, trail, to)
	return events, next, nil
}

// gather returns the events of a page, and of those after it at least the
// first one, if there are any; and the trail with the seq before the first
// message from its place on. The page ends before the last of as many new
// messages as go on a page, and one: what comes after that need not be read.
func (c *conn) gather(v *view, trail store.Trail, to reach) ([]store.Event, store.Trail, error) {
	from := max(trail.Next, v.joined)
	if trail.Seq == 0 || v.joined >= trail.Next {
		first, _, err := c.firstMessage(v, from)
		if err != nil {
			return nil, trail, err
		}
		trail.Seq = first - 1
	}
	sent, more, err := c.messages(v, to, messagesUp, v.key, trail.Seq+1, v.lastSeq)
	if err != nil {
		return nil, trail, err
	}
	if more {
		to.upto = sent[len(sent)-1].Place
	}
	before := int64(max(trail.After, v.joined))
	updated, _, err := c.messages(v, to, messagesChanged, v.key, int64(from), int64(to.upto), v.firstSeq, before)
	if err != nil {
		return nil, trail, err
	}
	changes, err := c.changes(v, from, to)
	all := slices.Concat(sent, updated, changes)
	slices.SortFunc(all, func(a, b store.Event) int { return cmp.Compare(a.Place, b.Place) })
	return all, trail, err
}

// cut ends a page of events, and leads the trail on to the first one after it.
func cut(events []store.Event, trail store.Trail, to reach) ([]store.Event, store.Trail) {
	bytes := 0
	for i, e := range events {
		if e.Message != nil {
			bytes += store.Size(e.Message)
		}
		if i == to.limit || i > 0 && e.Message != nil && bytes > to.bytes {
			trail.Next = e.Place
			return events[:i], trail
		}
		if e.Message != nil && !e.Updated {
			trail.Seq = e.Message.Seq
		}
	}
	trail.Next = max(trail.Next, to.upto+1)
	return events, trail
}

// departure is all that is left to who has left. It does not say how many are
// there now, nor a name that the group was given since, which is no longer
// theirs to know.
func (c *conn) departure(username string, trail store.Trail, upto store.Place) ([]store.Event, error) {
	e := &protocol.ConversationEvent{Change: protocol.Left, Kind: protocol.Group, Username: username}
	var place store.Place
	found, err := c.get(scan{&e.Conversation, &e.Name, &place}, getFormer, username, trail.Conversation)
	if err != nil || !found || place < trail.Next || place > upto {
		return nil, err
	}
	return []store.Event{{Place: place, Conversation: e}}, nil
}

// messages returns the messages of a page and the one after it, new or, with
// messagesChanged, updated ones. With more there is one after the page.
func (c *conn) messages(v *view, to reach, q query, args ...any) (events []store.Event, more bool, err error) {
	var row messageRow
	bytes := 0
	for err := range c.each(row.scan(), q, append(args, to.limit+1)...) {
		if err != nil {
			return nil, false, err
		}
		m, err := row.message(v.ID)
		if err != nil {
			return nil, false, err
		}
		e := store.Event{Place: row.place, Message: &m}
		if q == messagesChanged {
			e.Place, e.Updated = row.changed, true
		}
		if e.Place > to.upto {
			break
		}
		events = append(events, e)
		bytes += store.Size(&m)
		if len(events) > to.limit || len(events) > 1 && bytes > to.bytes {
			return events, true, nil
		}
	}
	return events, false, nil
}
