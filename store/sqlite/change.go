package sqlite

import (
	"asappchat/protocol"
	"asappchat/store"
)

// target is a message that a member does something to.
type target struct {
	c       *conversation
	actor   *seat
	message protocol.Message
	indexed *protocol.Message // what the index has of it, when that is to change
}

// target finds a message that the actor sees, which may be a tombstone, or says
// why there is none.
func (w *writer) target(actor, with string, seq int64) (t *target, refusal, err error) {
	c, s, err := w.member(actor, with)
	switch {
	case err != nil:
		return nil, nil, err
	case c == nil:
		return nil, store.ErrNotFound, nil
	case seq < s.firstSeq || seq > c.lastSeq:
		return nil, store.ErrNoMessage, nil
	}
	var row messageRow
	if err := w.one(row.scan(), getMessage, c.key, seq); err != nil {
		return nil, nil, err
	}
	message, err := row.message(c.id)
	return &target{c: c, actor: s, message: message}, nil, err
}

// unchanged is the outcome of what is so already.
func (t *target) unchanged() store.Outcome { return store.Outcome{Value: t.message} }

// rewrite writes a message that has changed, as its next version.
func (w *writer) rewrite(t *target) (store.Outcome, error) {
	m := t.message
	m.Rev++
	shown, err := reactionsText(m.Reactions)
	if err != nil {
		return store.Outcome{}, err
	}
	// The rows of all members move, once for the transaction. Readers find that
	// it does not concern who does not see the message.
	place := w.change(t.c)
	if err := w.keep(t, place); err != nil {
		return store.Outcome{}, err
	}
	err = changedOne(w.exec(rewriteMessage, m.Rev, int64(place), m.ClientID, m.ReplyTo, mentionsText(m.Mentions),
		string(m.Data), m.Body, int64(m.EditedAt), m.Deleted, shown, t.c.key, m.Seq))
	event := store.Event{Place: place, Audience: t.c.seers(m.Seq), Message: &m, Updated: true}
	o := store.Outcome{Value: m, Events: []store.Event{event}}
	if t.indexed != nil {
		o.Gone = len(t.indexed.Body)
	}
	return o, err
}

func (w *writer) edit(m *store.Edit) (store.Outcome, error) {
	t, refusal, err := w.target(m.Actor, m.With, m.Seq)
	switch {
	case err != nil || refusal != nil:
		return store.Outcome{Err: refusal}, err
	case t.message.Deleted:
		return refused(store.ErrNoMessage)
	case t.message.Sender != m.Actor:
		return refused(store.ErrForbidden)
	}
	if refusal, err := w.refuseSaying(t.c, m.Actor); err != nil || refusal != nil {
		return store.Outcome{Err: refusal}, err
	}
	if t.message.Body == m.Body {
		return t.unchanged(), nil
	}
	t.keepEntry()
	t.message.Body, t.message.EditedAt = m.Body, m.At
	w.forgot = true
	return w.rewrite(t)
}

func (w *writer) delete(m *store.Delete) (store.Outcome, error) {
	t, refusal, err := w.target(m.Actor, m.With, m.Seq)
	switch {
	case err != nil || refusal != nil:
		return store.Outcome{Err: refusal}, err
	case t.message.Sender != m.Actor && t.actor.role == protocol.Plain:
		return refused(store.ErrForbidden)
	case t.message.Deleted:
		return t.unchanged(), nil
	}
	if err := w.forget(t); err != nil {
		return store.Outcome{}, err
	}
	return w.rewrite(t)
}

// forget makes a message a tombstone.
func (w *writer) forget(t *target) error {
	w.forgot = true
	t.keepEntry()
	m := &t.message
	for _, name := range m.Mentions {
		if _, err := w.exec(deleteMention, name, t.c.key, m.Seq); err != nil {
			return err
		}
	}
	_, err := w.exec(deleteReactions, t.c.key, m.Seq)
	*m = protocol.Message{
		Conversation: m.Conversation, Seq: m.Seq, Rev: m.Rev, Sender: m.Sender, At: m.At, Deleted: true,
	}
	return err
}
