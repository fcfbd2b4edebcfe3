package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/store"
)

// indexRest is how long work may wait for more, as long as nobody asks for it.
// A transaction of the index costs as much as some ten messages in it, so that
// one for each message would cost more than sending.
const indexRest = 250 * time.Millisecond

// indexer brings the index up to what is committed, in one goroutine, beside the
// writer. It begins when work has rested for a while, or at once when somebody
// waits for it, and goes on until there is none.
type indexer struct {
	*index
	chat   *conn // reads the database
	writer *writer
	turn   chan struct{} // of the writer
	closed <-chan struct{}
	log    *slog.Logger

	wake    chan struct{} // holds one: there is work
	asked   chan struct{} // holds one: somebody waits for it
	done    chan struct{} // closed when the goroutine has ended
	damaged atomic.Bool   // somebody has found the file to be

	pages int  // written since the last checkpoint
	long  bool // the write-ahead log has grown so

	mu    sync.Mutex
	told  indexState    // state, for who waits
	moved chan struct{} // closed when it changes
}

func newIndexer(x *index, chat *conn, s *Store, log *slog.Logger) *indexer {
	return &indexer{
		index: x, chat: chat, writer: s.writer, turn: s.turn, closed: s.closed, log: log,
		wake: make(chan struct{}, 1), asked: make(chan struct{}, 1), done: make(chan struct{}), moved: make(chan struct{}),
	}
}

// start starts the goroutine, which ends in stop, or by itself soon after the
// store's closed is.
func (x *indexer) start() {
	x.publish()
	go func() {
		defer close(x.done)
		err := x.begin()
		for ; ; err = nil {
			if err = errors.Join(err, x.work()); err != nil {
				x.log.Error("sqlite: index", "error", err)
			}
			if !x.rest() {
				x.end()
				return
			}
		}
	}()
}

// begin deletes what was still kept for the index when the store was closed.
func (x *indexer) begin() error {
	kept, err := x.chat.get(scan{new(int64)}, firstReplaced, int64(x.state.seen))
	if err != nil || !kept {
		return err
	}
	return x.settle(true)
}

// endBatches is how much the indexer does when the store is closed, so that the
// next one need not look for it.
const endBatches = 4

// end does the rest, if it is little, and notes that there is no more.
func (x *indexer) end() {
	err := func() error {
		for range endBatches {
			if x.state.goal > 0 {
				return nil
			}
			if more, err := x.step(); err != nil || !more {
				return errors.Join(err, x.noteEnd())
			}
		}
		return nil
	}()
	if err != nil {
		x.log.Error("sqlite: index", "error", err)
	}
}

// noteEnd writes that all is indexed, if it is.
func (x *indexer) noteEnd() error {
	x.turn <- struct{}{}
	place := x.writer.place
	<-x.turn
	if x.conn == nil || x.state.goal > 0 || x.state.seen < x.writer.unindexed.lastPlace() || x.state.seen == place {
		return nil
	}
	return x.apply(&batch{state: indexState{seen: place}})
}

// rest waits until there is work to begin with, and says false when the store
// is closed.
func (x *indexer) rest() bool {
	select {
	case <-x.wake:
	case <-x.closed:
		return false
	}
	timer := time.NewTimer(indexRest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.asked:
	case <-x.closed:
		return false
	}
	return true
}

// stop waits for the end of the goroutine, after the store's closed is closed.
func (x *indexer) stop() { <-x.done }

// poke says that there is work. It does not wait.
func (x *indexer) poke() { tell(x.wake) }

// tell puts a token into a channel that holds one.
func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// work does what there is to do. A file that turns out to be damaged is made
// anew, once for each time that there is work.
func (x *indexer) work() error {
	remade := false
	for more := true; more; {
		select {
		case <-x.closed:
			return nil
		default:
		}
		var err error
		var damaged *damageError
		if more, err = x.step(); errors.As(err, &damaged) && !remade {
			x.log.Error("sqlite: the index is damaged, and made anew", "error", err)
			remade, more, err = true, true, x.renew()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// damageError says that the file must be made anew.
type damageError struct{ error }

// step indexes one batch, and says whether there may be more.
func (x *indexer) step() (more bool, err error) {
	if x.damaged.Swap(false) || x.conn == nil {
		return true, &damageError{errors.New("a search has failed")}
	}
	var b batch
	if x.state.goal > 0 {
		b, err = x.nextFound()
	} else {
		b, err = x.nextGroups()
	}
	if err != nil || b.empty {
		return false, err
	}
	if err := x.apply(&b); err != nil {
		if isDamaged(err) {
			err = &damageError{err}
		}
		return false, fmt.Errorf("apply: %w", err)
	}
	defer x.publish() // who waits is told when words that must go are gone
	return true, x.settle(b.erase)
}

// apply writes a batch, with where the index then stands.
func (x *indexer) apply(b *batch) error {
	err := x.conn.transaction(func() error {
		for i := range b.changes {
			c := &b.changes[i]
			if c.old != "" {
				if _, err := x.conn.exec(deleteEntry, int64(c.place), c.old); err != nil {
					return err
				}
			}
			if c.new != "" {
				if _, err := x.conn.exec(insertEntry, int64(c.place), c.new); err != nil {
					return err
				}
			}
		}
		s := &b.state
		return changedOne(x.conn.exec(moveIndex, int64(s.seen), int64(s.goal), s.at.conversation, s.at.seq))
	})
	if err == nil {
		x.state = b.state
	}
	return err
}

// publish tells those who wait how far the index is.
func (x *indexer) publish() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told = x.state
	close(x.moved)
	x.moved = make(chan struct{})
}

// settle moves what was written into the file from time to time, and at once
// where words are to be gone: once that is durable, what was kept of them for the
// index is deleted.
func (x *indexer) settle(erase bool) error {
	pages, err := pagesWritten(x.conn)
	if err != nil {
		return err
	}
	if x.pages += pages; x.pages < checkpointEvery && !erase {
		return nil
	}
	x.pages = 0
	whole, err := x.checkpoint(erase)
	if err != nil || !whole || !erase {
		return err
	}
	return x.clean()
}

// checkpoint moves what was written into the file, and says whether all of it is
// there. When it must, or has become much, it waits for who searches.
func (x *indexer) checkpoint(must bool) (whole bool, err error) {
	q := checkpoint
	if must || x.long {
		q = checkpointRestart
	}
	var busy, pages, moved int
	_, err = x.conn.get(scan{&busy, &pages, &moved}, q)
	if isBusy(err) {
		return false, nil
	}
	x.long = pages >= restartAt
	return err == nil && busy == 0 && pages == moved, err
}

// clean has the writer delete what was kept for the index. It takes the writer's
// turn.
func (x *indexer) clean() error {
	x.turn <- struct{}{} // Close waits for the indexer before it takes the turn
	defer func() { <-x.turn }()
	x.writer.fresh.forget = x.state.seen
	_, _, err := x.writer.transact(nil)
	return err
}

// renew makes the file anew.
func (x *indexer) renew() error {
	head, err := x.chat.head()
	if err != nil {
		return err
	}
	err = x.remake(context.Background(), head.Place)
	x.publish()
	return err
}

// AwaitIndex returns when the index has seen a place.
func (s *Store) AwaitIndex(ctx context.Context, place store.Place) error {
	for {
		moved, seen := s.indexer.has(place)
		if seen {
			return nil
		}
		tell(s.indexer.asked)
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
		}
	}
}

// has says whether the index has seen a place, or else what is closed when it
// has seen more. There may be nothing to see at the place, or shortly before.
func (x *indexer) has(place store.Place) (moved <-chan struct{}, seen bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.moved, x.told.seen >= min(place, x.writer.unindexed.lastPlace())
}
