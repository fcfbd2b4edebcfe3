package sqlite

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

func (w *writer) insertMember(c *conversation, username string, s seat, place store.Place) error {
	_, err := w.exec(insertMember, c.key, username, string(s.role), int64(s.joinedAt), int64(place), s.firstSeq)
	return err
}

func (w *writer) addMember(m *store.AddMember) (store.Outcome, error) {
	c, err := w.find(m.Actor, m.With)
	if err != nil {
		return store.Outcome{}, err
	}
	refusal, err := w.refuseMember(c, m)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if _, already := c.seat(m.Username); already {
		return store.Outcome{Value: c.as(m.Actor)}, nil
	}
	if len(c.names) >= m.Max {
		return refused(store.ErrTooMany)
	}
	event, err := w.join(c, m.Username, m.At)
	if err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Value: c.as(m.Actor), Events: []store.Event{event}}, nil
}

// refuseMember says why the actor may not add this user.
func (w *writer) refuseMember(c *conversation, m *store.AddMember) (refusal, err error) {
	if c == nil {
		return store.ErrNotFound, nil
	}
	if _, member := c.seat(m.Actor); !member {
		return store.ErrNotFound, nil
	}
	if c.direct() {
		return store.ErrForbidden, nil
	}
	known, err := w.userExists(m.Username)
	if err == nil && !known {
		refusal = store.ErrNoUser
	}
	return refusal, err
}

func (w *writer) join(c *conversation, username string, at protocol.Time) (store.Event, error) {
	s := seat{role: protocol.Plain, joinedAt: at, firstSeq: c.lastSeq + 1}
	place := w.touch(c)
	if _, err := w.exec(deleteFormer, c.key, username); err != nil {
		return store.Event{}, err
	}
	if err := w.insertMember(c, username, s, place); err != nil {
		return store.Event{}, err
	}
	c.sit(username, s)
	return c.event(place, protocol.Joined, username), w.count(c)
}

func (w *writer) removeMember(m *store.RemoveMember) (store.Outcome, error) {
	c, err := w.find(m.Username, m.With)
	if err != nil {
		return store.Outcome{}, err
	}
	if c == nil {
		return refused(store.ErrNotFound)
	}
	if _, member := c.seat(m.Username); !member {
		return refused(store.ErrNotFound)
	}
	if c.direct() {
		return refused(store.ErrForbidden)
	}
	event, err := w.leave(c, m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Events: []store.Event{event}}, nil
}

func (w *writer) leave(c *conversation, username string) (store.Event, error) {
	place := w.touch(c)
	if err := changedOne(w.exec(deleteMember, c.key, username)); err != nil {
		return store.Event{}, err
	}
	if _, err := w.exec(insertFormer, c.key, username, int64(place)); err != nil {
		return store.Event{}, err
	}
	before := c.names
	c.rise(username)
	event := c.event(place, protocol.Left, username)
	event.Audience = before
	return event, w.count(c)
}

// count writes how many members a conversation has.
func (w *writer) count(c *conversation) error {
	_, err := w.exec(countMembers, len(c.names), c.key)
	return err
}

// Members lists the members of a conversation.
func (s *Store) Members(ctx context.Context, viewer, with, after string, limit int) (members []protocol.Member, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) error {
		v, err := c.view(viewer, with)
		if err != nil {
			return err
		}
		told := v.MemberCount <= store.ReceiptMembers
		var m protocol.Member
		for err := range c.each(scan{&m.Username, &m.Role, &m.JoinedAt, &m.ReadSeq}, listMembers, v.key, after, viewer, told, limit) {
			if err != nil {
				return err
			}
			members = append(members, m)
		}
		return nil
	})
	return members, err
}
