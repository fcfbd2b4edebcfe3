package sqlite

import (
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

func (w *writer) createGroup(m *store.CreateGroup) (store.Outcome, error) {
	if refusal, err := w.refuseMembers(m); err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	names := append([]string{m.Creator}, m.Members...)
	slices.Sort(names)
	c := &conversation{id: m.ID, name: m.Name, history: m.History, names: names, seats: make([]seat, len(names))}
	for i, name := range names {
		c.seats[i].role = protocol.Plain
		if name == m.Creator {
			c.seats[i].role = protocol.Owner
		}
	}
	event, err := w.create(c, m.At)
	if err != nil {
		return store.Outcome{}, err
	}
	return w.answer(m.Creator, c, event)
}

// refuseMembers says who cannot be in a new group, and why.
func (w *writer) refuseMembers(m *store.CreateGroup) (refusal, err error) {
	for _, name := range append([]string{m.Creator}, m.Members...) {
		refusal, err := w.refuseContact(name, m.Creator)
		if err != nil {
			return nil, err
		}
		if refusal != nil {
			return &store.UserError{Username: name, Err: refusal}, nil
		}
	}
	return nil, nil
}

// group finds a group that a user is a member of, or says why there is none.
func (w *writer) group(actor, with string) (c *conversation, refusal, err error) {
	c, _, err = w.member(actor, with)
	switch {
	case err != nil:
		return nil, nil, err
	case c == nil:
		return nil, store.ErrNotFound, nil
	case c.direct():
		return nil, store.ErrForbidden, nil
	}
	return c, nil, nil
}

// managed is group for what only owners and admins may.
func (w *writer) managed(actor, with string) (c *conversation, refusal, err error) {
	c, refusal, err = w.group(actor, with)
	if err != nil || refusal != nil {
		return nil, refusal, err
	}
	if s, _ := c.seat(actor); s.role == protocol.Plain {
		return nil, store.ErrForbidden, nil
	}
	return c, nil, nil
}

func (w *writer) rename(m *store.Rename) (store.Outcome, error) {
	c, refusal, err := w.managed(m.Actor, m.With)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if c.name == m.Name {
		return w.answer(m.Actor, c)
	}
	c.name = m.Name
	place := w.change(c)
	if err := changedOne(w.exec(renameConversation, m.Name, int64(place), c.key)); err != nil {
		return store.Outcome{}, err
	}
	return w.answer(m.Actor, c, c.event(place, protocol.Renamed, ""))
}

func (w *writer) setState(m *store.SetState) (store.Outcome, error) {
	c, refusal, err := w.managed(m.Actor, m.With)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if closed := m.State == protocol.Closed; c.closed == closed {
		return w.answer(m.Actor, c)
	}
	c.closed = !c.closed
	place := w.change(c)
	if err := changedOne(w.exec(closeConversation, c.closed, int64(place), c.key)); err != nil {
		return store.Outcome{}, err
	}
	event := c.event(place, protocol.StateChanged, "")
	event.Conversation.State = m.State
	return w.answer(m.Actor, c, event)
}

func (w *writer) setRole(m *store.SetRole) (store.Outcome, error) {
	c, refusal, err := w.group(m.Actor, m.With)
	if err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	actor, _ := c.seat(m.Actor)
	other, member := c.seat(m.Username)
	switch {
	case !member:
		return refused(store.ErrNoUser)
	case actor.role != protocol.Owner || actor == other:
		return refused(store.ErrForbidden)
	case other.role == m.Role:
		return w.answer(m.Actor, c)
	}
	event, err := w.giveRole(c, m.Username, m.Role)
	if err != nil {
		return store.Outcome{}, err
	}
	events := []store.Event{event}
	if m.Role == protocol.Owner {
		event, err := w.giveRole(c, m.Actor, protocol.Admin)
		if err != nil {
			return store.Outcome{}, err
		}
		events = append(events, event)
	}
	return w.answer(m.Actor, c, events...)
}

// giveRole gives a member another role, and returns what the log tells of it.
func (w *writer) giveRole(c *conversation, username string, role protocol.Role) (store.Event, error) {
	place := w.change(c)
	s, _ := c.seat(username)
	s.role = role
	event := c.event(place, protocol.RoleChanged, username)
	event.Conversation.Role = role
	return event, changedOne(w.exec(giveRole, string(role), int64(place), c.key, username))
}
