package sqlite

import (
	"context"
	"errors"

	"asappchat/protocol"
	"asappchat/store"
)

// reach is how far a page of events goes.
type reach struct {
	upto  store.Place
	limit int // of events
	bytes int // of the messages' bodies and data
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
// message from its place on.
func (c *conn) gather(v *view, trail store.Trail, to reach) ([]store.Event, store.Trail, error) {
	changes, err := c.changes(v, trail.Next, to)
	if err != nil {
		return nil, trail, err
	}
	messages, trail, err := c.messages(v, trail, to)
	return merge(messages, changes), trail, err
}

// cut ends a page of events, and leads the trail on to the first one after it.
func cut(events []store.Event, trail store.Trail, to reach) ([]store.Event, store.Trail) {
	bytes := 0
	for i, e := range events {
		if e.Message != nil {
			bytes += size(e.Message)
		}
		if i == to.limit || i > 0 && e.Message != nil && bytes > to.bytes {
			trail.Next = e.Place
			return events[:i], trail
		}
		if e.Message != nil {
			trail.Seq = e.Message.Seq
		}
	}
	trail.Next = max(trail.Next, to.upto+1)
	return events, trail
}

// merge puts two lists of events into one, in the order of the log.
func merge(a, b []store.Event) []store.Event {
	if len(b) == 0 {
		return a
	}
	all := make([]store.Event, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Place < b[0].Place {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// departure is all that is left to who has left. It does not say how many are
// there now, which is no longer theirs to know.
func (c *conn) departure(username string, trail store.Trail, upto store.Place) ([]store.Event, error) {
	e := &protocol.ConversationEvent{Change: protocol.Left, Kind: protocol.Group, Username: username}
	var place store.Place
	found, err := c.get(scan{&e.Conversation, &e.Name, &place}, getFormer, username, trail.Conversation)
	if err != nil || !found || place < trail.Next || place > upto {
		return nil, err
	}
	return []store.Event{{Place: place, Conversation: e}}, nil
}

// messages returns the messages of a page and the one after it, and the trail
// with the seq before the first of them.
func (c *conn) messages(v *view, trail store.Trail, to reach) ([]store.Event, store.Trail, error) {
	first := trail.Seq + 1
	if trail.Seq == 0 {
		var err error
		if first, _, err = c.firstMessage(v, max(trail.Next, v.joined)); err != nil {
			return nil, trail, err
		}
		trail.Seq = first - 1
	}
	var events []store.Event
	var row messageRow
	bytes := 0
	for err := range c.each(row.scan(), messagesUp, v.key, max(first, v.firstSeq), v.lastSeq, to.limit+1) {
		if err != nil {
			return nil, trail, err
		}
		if row.place > to.upto {
			break
		}
		m := row.message(v.ID)
		events = append(events, store.Event{Place: row.place, Message: &m})
		bytes += size(&m)
		if bytes > to.bytes && len(events) > 1 {
			break
		}
	}
	return events, trail, nil
}

// changes returns the events of a page, and one after it, about the
// conversation and its members, as they are now.
func (c *conn) changes(v *view, from store.Place, to reach) ([]store.Event, error) {
	var events []store.Event
	if v.shows(from) && store.Place(v.key) <= to.upto {
		names, err := c.memberNames(v.key)
		if err != nil {
			return nil, err
		}
		events = append(events, v.event(store.Place(v.key), protocol.Created, "", names))
	}
	var place store.Place
	var username string
	var present bool
	first := int64(v.membershipsFrom(from))
	for err := range c.each(scan{&place, &username, &present}, memberships, v.key, first, int64(to.upto), to.limit+1) {
		if err != nil {
			return nil, err
		}
		change := protocol.Left
		if present {
			change = protocol.Joined
		}
		events = append(events, v.event(place, change, username, nil))
	}
	return events, nil
}

func (v *view) event(place store.Place, change protocol.Change, username string, members []string) store.Event {
	return store.Event{Place: place, Conversation: &protocol.ConversationEvent{
		Conversation: v.ID,
		Change:       change,
		Kind:         v.Kind,
		Name:         v.Name,
		Username:     username,
		Members:      members,
		MemberCount:  v.MemberCount,
	}}
}
