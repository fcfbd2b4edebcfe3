package sqlite

import (
	"sync/atomic"

	"asappchat/protocol"
	"asappchat/store"
)

// unindexed is what the writer leaves for the indexer, which works it off
// behind the commits.
type unindexed struct {
	messages []byte      // the new ones of the transaction
	replaced bool        // others have changed in it
	cleaned  store.Place // what the indexer has seen up to there is deleted
	cleaning store.Place // the same, at the end of the transaction

	// Both may be read and written by any goroutine.
	queued  atomic.Int64 // the place of the last group that has left something
	durable atomic.Int64 // the indexer has seen what is up to it, for good
}

// remember leaves a message's index entry as it was, before it is changed.
func (w *writer) remember(t *target, place store.Place) error {
	if t.indexed == nil {
		return nil
	}
	w.unindexed.replaced = true
	m := t.indexed
	_, err := w.exec(insertReplaced, t.c.key, m.Seq, int64(place), mentionsText(m.Mentions), m.Body)
	return err
}

// keepEntry says that the message is about to have other words.
func (t *target) keepEntry() {
	m := t.message
	t.indexed = &protocol.Message{Seq: m.Seq, Mentions: m.Mentions, Body: m.Body}
}

// flushUnindexed writes, once for a group, what it leaves to the indexer, and
// deletes what that has seen.
func (w *writer) flushUnindexed() error {
	if u := &w.unindexed; len(u.messages) > 0 || u.replaced {
		if _, err := w.exec(insertUnindexed, int64(w.next), u.messages); err != nil {
			return err
		}
	}
	durable := w.unindexed.durable.Load()
	w.unindexed.cleaning = store.Place(durable)
	if w.unindexed.cleaning <= w.unindexed.cleaned {
		return nil
	}
	for _, q := range []query{deleteUnindexed, deleteReplaced, moveIndexed} {
		if _, err := w.exec(q, durable); err != nil {
			return err
		}
	}
	return nil
}

// end says that the transaction was committed.
func (u *unindexed) end(place store.Place) {
	if len(u.messages) > 0 || u.replaced {
		u.queued.Store(int64(place))
	}
	u.cleaned = max(u.cleaned, u.cleaning)
	u.reset()
}

// reset forgets the transaction.
func (u *unindexed) reset() {
	u.messages, u.replaced = u.messages[:0], false
}
