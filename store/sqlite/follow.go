package sqlite

import (
	"context"
	"errors"

	"asappchat/protocol"
	"asappchat/store"
)

// Follow returns what happened along a trail.
func (s *Store) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit int) (events []store.Event, next store.Trail, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		events, next, err = c.follow(username, trail, upto, limit)
		return err
	})
	return events, next, err
}

func (c *conn) follow(username string, trail store.Trail, upto store.Place, limit int) ([]store.Event, store.Trail, error) {
	v, err := c.viewOf(username, viewByKey, trail.Conversation)
	if errors.Is(err, store.ErrNotFound) {
		events, err := c.departure(username, trail, upto)
		return cut(events, trail, upto, limit, err)
	}
	if err != nil {
		return nil, trail, err
	}
	changes, err := c.changes(&v, trail.Next, upto, limit)
	if err != nil {
		return nil, trail, err
	}
	messages, trail, err := c.messages(&v, trail, upto, limit)
	return cut(merge(messages, changes), trail, upto, limit, err)
}

// cut ends a page of events, and leads the trail on after its last one.
func cut(events []store.Event, trail store.Trail, upto store.Place, limit int, err error) ([]store.Event, store.Trail, error) {
	if err != nil {
		return nil, trail, err
	}
	trail.Next = max(trail.Next, upto+1)
	if len(events) >= limit && limit > 0 {
		events = events[:limit]
		trail.Next = events[limit-1].Place + 1
	}
	for _, e := range events {
		if e.Message != nil {
			trail.Seq = e.Message.Seq
		}
	}
	return events, trail, nil
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

// messages returns up to limit messages of the trail, and the trail with the
// seq before the first of them.
func (c *conn) messages(v *view, trail store.Trail, upto store.Place, limit int) ([]store.Event, store.Trail, error) {
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
	for err := range c.each(row.scan(), messagesUp, v.key, max(first, v.firstSeq), v.lastSeq, limit) {
		if err != nil {
			return nil, trail, err
		}
		if row.place > upto {
			break
		}
		m := row.message(v.ID)
		events = append(events, store.Event{Place: row.place, Message: &m})
	}
	return events, trail, nil
}

// changes returns up to limit events about the conversation and its members,
// as they are now.
func (c *conn) changes(v *view, from, upto store.Place, limit int) ([]store.Event, error) {
	var events []store.Event
	if v.shows(from) && store.Place(v.key) <= upto {
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
	for err := range c.each(scan{&place, &username, &present}, memberships, v.key, first, int64(upto), limit) {
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
