package sqlite

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

// insertMember writes the row of a member who has just sat down.
func (w *writer) insertMember(c *conversation, username string, s *seat, at protocol.Time) error {
	var last any // no place, in a large conversation
	if !c.large {
		last = int64(s.place)
	}
	_, err := w.exec(insertMember, c.key, username, string(s.role), int64(at), int64(s.place), s.firstSeq, s.readSeq, last)
	return err
}

func (w *writer) addMember(m *store.AddMember) (store.Outcome, error) {
	c, refusal, err := w.group(m.Actor, m.With)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if _, already := c.seat(m.Username); already {
		return w.answer(m.Actor, c)
	}
	refusal, err = w.refuseContact(m.Username, m.Actor)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if len(c.names) >= m.Max {
		return refused(store.ErrTooMany)
	}
	event, err := w.join(c, m.Username, m.At)
	if err != nil {
		return store.Outcome{}, err
	}
	return w.answer(m.Actor, c, event)
}

func (w *writer) join(c *conversation, username string, at protocol.Time) (store.Event, error) {
	s := seat{role: protocol.Plain, place: w.change(c), firstSeq: c.lastSeq + 1, readSeq: c.lastSeq}
	if c.history {
		s.firstSeq = 1
	}
	if _, err := w.exec(deleteFormer, c.key, username); err != nil {
		return store.Event{}, err
	}
	// The newcomer's row is not where messages of before are.
	if err := w.moveSpoken(c); err != nil {
		return store.Event{}, err
	}
	if err := w.insertMember(c, username, &s, at); err != nil {
		return store.Event{}, err
	}
	c.sit(username, s)
	return c.event(s.place, protocol.Joined, username), w.count(c)
}

func (w *writer) removeMember(m *store.RemoveMember) (store.Outcome, error) {
	c, refusal, err := w.group(m.Actor, m.With)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if m.Username == m.Actor {
		return w.resign(c, m.Username)
	}
	actor, _ := c.seat(m.Actor)
	other, member := c.seat(m.Username)
	switch {
	case !member:
		return refused(store.ErrNoUser)
	case other.role == protocol.Owner, actor.role == protocol.Plain, actor.role == other.role:
		return refused(store.ErrForbidden)
	}
	event, err := w.leave(c, m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	return w.answer(m.Actor, c, event)
}

// resign ends a membership from within.
func (w *writer) resign(c *conversation, username string) (store.Outcome, error) {
	s, _ := c.seat(username)
	owner := s.role == protocol.Owner
	left, err := w.leave(c, username)
	if err != nil {
		return store.Outcome{}, err
	}
	events := []store.Event{left}
	if next := c.successor(); owner && next != "" {
		event, err := w.giveRole(c, next, protocol.Owner)
		if err != nil {
			return store.Outcome{}, err
		}
		events = append(events, event)
	}
	return store.Outcome{Events: events}, nil
}

// successor is who becomes the owner when the owner has left, "" when nobody is
// there. Of those who joined together it is the first by name.
func (c *conversation) successor() (username string) {
	var first *seat
	for i, name := range c.names {
		s := &c.seats[i]
		if first == nil || s.role != first.role && s.role == protocol.Admin ||
			s.role == first.role && s.place < first.place {
			username, first = name, s
		}
	}
	return username
}

func (w *writer) leave(c *conversation, username string) (store.Event, error) {
	place := w.change(c)
	if err := changedOne(w.exec(deleteMember, c.key, username)); err != nil {
		return store.Event{}, err
	}
	if _, err := w.exec(insertFormer, c.key, username, int64(place)); err != nil {
		return store.Event{}, err
	}
	before := c.names
	c.rise(username)
	w.generation++
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
