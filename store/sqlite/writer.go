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
	// may do so; also with every leaving, after which two users may not share a
	// group any more.
	generation uint64

	pages  int   // written since the last checkpoint was asked for
	forgot bool  // a body since then that may be in the database file still
	fence  error // why there is no more writing
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
