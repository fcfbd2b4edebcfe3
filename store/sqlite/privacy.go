package sqlite

import (
	"asappchat/protocol"
	"asappchat/store"
)

// privacy returns a user's privacy, ErrNotFound when there is no such user.
func (c *conn) privacy(username string) (p protocol.Privacy, err error) {
	found, err := c.get(scan{&p.Contact, &p.Receipts, &p.Presence}, getPrivacy, username)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return p, err
}

func (w *writer) setPrivacy(m *store.SetPrivacy) (store.Outcome, error) {
	n, err := w.exec(updatePrivacy, string(m.Contact), m.Receipts, m.Presence, m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	if n == 0 {
		return refused(store.ErrNoUser)
	}
	w.generation++
	value, err := w.privacy(m.Username)
	return store.Outcome{Value: value}, err
}

func (w *writer) block(m *store.Block) (store.Outcome, error) {
	if m.Username == m.Other {
		return refused(store.ErrForbidden)
	}
	known, err := w.userExists(m.Other)
	if err != nil {
		return store.Outcome{}, err
	}
	if !known {
		return refused(store.ErrNoUser)
	}
	if m.Remove {
		_, err := w.exec(deleteBlocked, m.Username, m.Other)
		return store.Outcome{}, err
	}
	how, _, err := w.contactOf(m.Username, m.Other)
	if err != nil || how.blocks {
		return store.Outcome{}, err
	}
	return w.insertBlocked(m)
}

func (w *writer) insertBlocked(m *store.Block) (store.Outcome, error) {
	var blocked int
	if _, err := w.get(scan{&blocked}, countBlocked, m.Username); err != nil {
		return store.Outcome{}, err
	}
	if blocked >= m.Max {
		return refused(store.ErrTooMany)
	}
	w.generation++
	_, err := w.exec(insertBlocked, m.Username, m.Other)
	return store.Outcome{}, err
}

// contact is how a user takes messages and invitations of another one.
type contact struct {
	from   protocol.Contact
	blocks bool
}

func (c contact) everybody() bool { return c.from == protocol.ContactEverybody && !c.blocks }

func (c *conn) contactOf(username, other string) (how contact, known bool, err error) {
	known, err = c.get(scan{&how.from, &how.blocks}, getContact, username, other)
	return how, known, err
}

// refuseContact says why a user cannot have a message or an invitation of
// another one, or of their own.
func (w *writer) refuseContact(username, other string) (refusal, err error) {
	how, known, err := w.contactOf(username, other)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return store.ErrNoUser, nil
	case username == other:
		return nil, nil
	}
	return w.refuse(how, username, other)
}

func (c *conn) refuse(how contact, username, other string) (refusal, err error) {
	accepts := how.everybody()
	if how.from == protocol.ContactShared && !how.blocks {
		_, err = c.get(scan{&accepts}, sharesGroup, username, other)
	}
	if !accepts {
		refusal = store.ErrNotAccepting
	}
	return refusal, err
}

// refusePeer says why the peer of a direct conversation cannot have a message.
// Where both of them accept everybody, it need not be asked again before
// somebody's privacy changes.
func (w *writer) refusePeer(c *conversation, sender string) (refusal, err error) {
	peer := c.pair.peer(sender)
	if peer == sender {
		return nil, nil
	}
	how, _, err := w.contactOf(peer, sender)
	if err != nil {
		return nil, err
	}
	back, _, err := w.contactOf(sender, peer)
	if err != nil {
		return nil, err
	}
	if how.everybody() && back.everybody() {
		c.open = w.generation
	}
	return w.refuse(how, peer, sender)
}
