package sqlite

import (
	"asappchat/protocol"
	"asappchat/store"
)

func (w *writer) markRead(m *store.MarkRead) (store.Outcome, error) {
	c, s, err := w.member(m.Username, m.With)
	if err != nil {
		return store.Outcome{}, err
	}
	if c == nil {
		return refused(store.ErrNotFound)
	}
	var events []store.Event
	if seq := min(m.Seq, c.lastSeq); seq > s.readSeq {
		s.readSeq = seq
		event, err := w.moveMarker(c, m.Username, seq)
		if err != nil {
			return store.Outcome{}, err
		}
		events = append(events, event)
	}
	unread, err := w.unreadBy(c, m.Username, s)
	value := protocol.ReadResult{Conversation: c.id, ReadSeq: s.readSeq, Unread: unread}
	return store.Outcome{Value: value, Events: events}, err
}

// moveMarker writes how far a member has read, and returns what the log tells
// of it.
func (w *writer) moveMarker(c *conversation, username string, seq int64) (store.Event, error) {
	told, err := w.tellsOfReading(c, username)
	if err != nil {
		return store.Event{}, err
	}
	event := store.Event{Read: &protocol.ReadEvent{Conversation: c.id, Username: username, Seq: seq}}
	if told {
		event.Place, event.Audience = w.change(c), c.names
	} else {
		event.Place, event.Audience = w.take(), []string{username}
	}
	return event, changedOne(w.exec(moveMarker, seq, int64(event.Place), c.key, username))
}

// tellsOfReading says whether the others are told how far a member has read.
func (w *writer) tellsOfReading(c *conversation, username string) (bool, error) {
	if len(c.names) == 1 || len(c.names) > store.ReceiptMembers {
		return false, nil
	}
	p, err := w.privacy(username)
	return p.Receipts, err
}

// unreadBy counts the messages after a member's marker, none of which are the
// member's own.
func (w *writer) unreadBy(c *conversation, username string, s *seat) (int64, error) {
	after := max(s.readSeq, s.firstSeq-1)
	if after == c.lastSeq {
		return 0, nil
	}
	var deleted, mentions int64
	err := w.one(scan{&deleted, &mentions}, countUnread, username, c.key, after)
	return c.lastSeq - after - deleted, err
}

func (w *writer) setPreferences(m *store.SetPreferences) (store.Outcome, error) {
	c, _, err := w.member(m.Username, m.With)
	if err != nil {
		return store.Outcome{}, err
	}
	if c == nil {
		return refused(store.ErrNotFound)
	}
	muted, pinned, changed, err := w.preferences(c, m)
	if err != nil {
		return store.Outcome{}, err
	}
	if !changed {
		return w.answer(m.Username, c)
	}
	place := w.take()
	if err := changedOne(w.exec(setPreferences, muted, pinned, int64(place), c.key, m.Username)); err != nil {
		return store.Outcome{}, err
	}
	event := c.event(place, protocol.PreferencesChanged, m.Username)
	event.Audience = []string{m.Username}
	event.Conversation.Muted, event.Conversation.Pinned = &muted, &pinned
	return w.answer(m.Username, c, event)
}

// preferences are what a user's will be, and whether that is a change.
func (w *writer) preferences(c *conversation, m *store.SetPreferences) (muted, pinned, changed bool, err error) {
	var wasMuted, wasPinned bool
	_, err = w.get(scan{&wasMuted, &wasPinned}, getPreferences, c.key, m.Username)
	muted, pinned = wasMuted, wasPinned
	if m.Muted != nil {
		muted = *m.Muted
	}
	if m.Pinned != nil {
		pinned = *m.Pinned
	}
	return muted, pinned, muted != wasMuted || pinned != wasPinned, err
}
