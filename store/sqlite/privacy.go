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
		accepts, err = c.shareGroup(username, other)
	}
	if !accepts {
		refusal = store.ErrNotAccepting
	}
	return refusal, err
}

// shareGroup says whether two users are in one group. It costs what the one of
// them who is in fewer conversations is in.
func (c *conn) shareGroup(username, other string) (share bool, err error) {
	fewer, more, err := c.byConversations(username, other)
	if err != nil {
		return false, err
	}
	err = c.one(scan{&share}, sharesGroup, fewer, more)
	return share, err
}

// byConversations returns two users, first the one who is in fewer
// conversations, unless that makes little difference.
func (c *conn) byConversations(a, b string) (fewer, more string, err error) {
	for n := 16; ; n *= 4 {
		var in bool
		if err := c.one(scan{&in}, isInMore, a, n); err != nil || !in {
			return a, b, err
		}
		if err := c.one(scan{&in}, isInMore, b, n); err != nil || !in {
			return b, a, err
		}
	}
}

// refusePeer says why the peer of a direct conversation cannot have a message.
// Where both of them accept each other, it need not be asked again before
// somebody's privacy changes or somebody leaves a group.
func (w *writer) refusePeer(c *conversation, sender string) (refusal, err error) {
	peer := c.pair.peer(sender)
	if peer == sender {
		return nil, nil
	}
	refusal, err = w.refuseContact(peer, sender)
	if err != nil || refusal != nil {
		return refusal, err
	}
	back, err := w.refuseContact(sender, peer)
	if err == nil && back == nil {
		c.open = w.generation
	}
	return nil, err
}
