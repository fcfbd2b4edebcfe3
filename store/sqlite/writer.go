package sqlite

import (
	"errors"
	"log/slog"

	"asappchat/store"
)

// writer changes the database. It is used by one goroutine at a time, the one
// that has its turn.
type writer struct {
	*conn
	small int // members of a conversation whose rows move
	log   *slog.Logger

	place   store.Place     // the last one that is committed
	next    store.Place     // the last one that is given out
	cache   *cache          // conversations as they are within the transaction
	touched []*conversation // that have events in the transaction
	fresh   fresh

	unindexed unindexed

	// generation rises whenever somebody accepts fewer people than before, or
	// may do so.
	generation uint64

	pages int   // written since the last checkpoint was asked for
	fence error // why there is no more writing
}

func newWriter(c *conn, opts *Options) (*writer, error) {
	w := &writer{conn: c, small: opts.smallGroup(), log: opts.log(), cache: newCache(cacheWeight), generation: 1}
	if err := startLog(c); err != nil {
		return nil, err
	}
	head, err := c.head()
	if err != nil {
		return nil, err
	}
	w.place, w.next = head.Place, head.Place
	w.unindexed.last, w.unindexed.start = head.Place, head.Place
	return w, nil
}

// take gives out the next place of the log.
func (w *writer) take() store.Place {
	w.next++
	return w.next
}

// touch gives out the next place for an event of a conversation.
func (w *writer) touch(c *conversation) store.Place {
	if !c.touched {
		c.touched = true
		w.touched = append(w.touched, c)
	}
	return w.take()
}

// change gives out the next place for an event of a conversation, other than a
// message, that concerns all members.
func (w *writer) change(c *conversation) store.Place {
	c.changed = w.touch(c)
	return c.changed
}

// flush writes what is written once for a whole group: where the members of
// each conversation stand, and the end of the log.
func (w *writer) flush() error {
	for _, c := range w.touched {
		if err := w.placeMembers(c); err != nil {
			return err
		}
		w.cache.weigh(c)
		c.touched = false
	}
	w.touched = w.touched[:0]
	if err := w.flushFresh(); err != nil {
		return err
	}
	if w.next == w.place {
		return nil
	}
	_, err := w.exec(moveLog, int64(w.next))
	return err
}

// placeMembers moves the rows of a small conversation's members. Those of a
// large one say once that they do not move, and all of them where they are when
// it becomes a small one.
func (w *writer) placeMembers(c *conversation) (err error) {
	large := len(c.names) > w.small
	switch {
	case large && !c.large:
		_, err = w.exec(unplaceMembers, c.key)
	case c.large && !large:
		_, err = w.exec(placeMembers, int64(c.lastPlace), int64(max(c.lastPlace, c.changed)), c.key)
	case !large:
		err = w.moveMembers(c)
	}
	if err != nil {
		return err
	}
	c.large, c.spoken, c.changed = large, false, 0
	return w.markSpeakers(c)
}

// moveMembers moves the rows of a small conversation's members. One statement
// does so for messages, and moves the marker of one who sent them.
func (w *writer) moveMembers(c *conversation) error {
	if c.spoken {
		var speaker string
		var readSeq int64
		if len(c.speakers) > 0 {
			speaker, readSeq = c.popSpeaker()
		}
		if _, err := w.exec(speakMembers, int64(c.lastPlace), speaker, readSeq, c.key); err != nil {
			return err
		}
	}
	if c.changed != 0 {
		return w.changeMembers(c, c.changed, c.lastSeq+1)
	}
	return nil
}

// changeMembers notes a change at those members who see a message.
func (w *writer) changeMembers(c *conversation, place store.Place, seq int64) error {
	_, err := w.exec(changeMembers, int64(place), c.key, seq)
	return err
}

// end commits the transaction.
func (w *writer) end() error {
	if _, err := w.exec(commit); err != nil {
		return err
	}
	w.place = w.next
	w.commitFresh()
	w.cache.trim()
	pages, err := pagesWritten(w.conn)
	w.pages += pages
	if err != nil {
		w.log.Error("sqlite: count pages", "error", err)
	}
	return nil
}

// reset forgets what the transaction has changed.
func (w *writer) reset() {
	w.next = w.place
	w.resetFresh()
	w.touched = w.touched[:0]
	w.cache = newCache(w.cache.limit)
}

// refused is the outcome of a mutation that changes nothing.
func refused(reason error) (store.Outcome, error) { return store.Outcome{Err: reason}, nil }

// changedOne turns a statement that should have changed one row, and has not,
// into an error.
func changedOne(n int64, err error) error {
	if err == nil && n != 1 {
		err = errors.New("a row is missing")
	}
	return err
}
