package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// indexer brings the index up to what is committed, in one goroutine, beside the
// writer.
type indexer struct {
	*index
	chat   *conn // reads the database
	writer *writer
	turn   chan struct{} // of the writer
	forgot func()        // asks for a checkpoint of the database, soon
	closed <-chan struct{}
	log    *slog.Logger

	wake    chan struct{} // holds one: there is work
	asked   chan struct{} // holds one: somebody waits for it
	quit    chan struct{} // closed by stop
	done    chan struct{} // closed when the goroutine has ended
	ending  sync.Once
	damaged atomic.Bool // somebody has found the file to be
	failing atomic.Bool // nothing is indexed: the last work has ended with an error, or there is none

	searchTime time.Duration // as searchTime says, but in tests

	gaveUp <-chan struct{} // when it is closed no batch is gone on with

	pace  pace
	held  <-chan struct{} // of hold: closed when there was a batch since the last commit
	pages int             // written since the last checkpoint
	long  bool            // the write-ahead log has grown so
	owing bool            // the database keeps what it may keep no longer

	mu    sync.Mutex
	told  indexState    // state, for who waits
	moved chan struct{} // closed when it changes
}

func newIndexer(x *index, chat *conn, s *Store, log *slog.Logger) *indexer {
	made := &indexer{
		index: x, chat: chat, writer: s.writer, turn: s.turn, closed: s.closed, log: log,
		wake: make(chan struct{}, 1), asked: make(chan struct{}, 1), moved: make(chan struct{}),
		quit: make(chan struct{}), done: make(chan struct{}), searchTime: searchTime,
	}
	made.gaveUp = made.quit
	return made
}

// start starts the goroutine, which ends in stop, unless there is to be none.
func (x *indexer) start(none bool) {
	x.publish()
	if none {
		x.failing.Store(true)
		close(x.done)
		return
	}
	go x.run()
}

func (x *indexer) run() {
	defer close(x.done)
	x.owing = true // what was kept when the store was closed may be there still
	for x.try() {
	}
	if err := x.end(); err != nil && !errors.Is(err, errGaveUp) {
		x.log.Error("sqlite: index", "error", err)
	}
}

// try does what there is to do, and waits for more; after an error only for the
// next try. It returns false when the indexer is stopped.
func (x *indexer) try() bool {
	err := x.work()
	if errors.Is(err, errGaveUp) {
		return false
	}
	x.failing.Store(err != nil)
	if err == nil {
		return x.rest(indexRest)
	}
	x.log.Error("sqlite: index", "error", err)
	return x.pause(failedRest, nil)
}

// stop ends the goroutine. Nothing is indexed after it.
func (x *indexer) stop() {
	x.ending.Do(func() { close(x.quit) })
	<-x.done
}

// work does what there is to do. A file that turns out to be damaged is made
// anew, once for each time that there is work.
func (x *indexer) work() error {
	remade := false
	for more := true; more; {
		began := time.Now()
		var err error
		var damaged *damageError
		if more, err = x.step(); errors.As(err, &damaged) && !remade {
			x.log.Error("sqlite: the index is damaged, and made anew", "error", err)
			remade, more, err = true, true, x.renew()
		}
		if err != nil {
			return err
		}
		if !x.yield(began) {
			return nil
		}
	}
	return x.settle()
}

// damageError says that the file must be made anew.
type damageError struct{ error }

// errGaveUp says that a batch was not written, since the indexer was stopped.
var errGaveUp = errors.New("stopped")

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
	x.owing = x.owing || b.erase
	return true, x.settle()
}

// apply writes a batch, with where the index then stands.
func (x *indexer) apply(b *batch) error {
	err := x.conn.transaction(func() error {
		for i := range b.changes {
			select {
			case <-x.gaveUp:
				return errGaveUp
			default:
			}
			if err := x.conn.enter(&b.changes[i]); err != nil {
				return err
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

// enter writes a change.
func (c *conn) enter(e *entryChange) error {
	if e.old != nil {
		if _, err := c.exec(deleteEntry, int64(e.old.place), e.old.terms()); err != nil {
			return err
		}
	}
	terms := e.new.terms()
	if terms == "" {
		return nil
	}
	_, err := c.exec(insertEntry, int64(e.new.place), terms)
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
