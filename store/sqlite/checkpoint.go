package sqlite

import (
	"errors"
	"log/slog"
	"time"

	"modernc.org/sqlite"
)

// How many pages are written between two checkpoints, 4 MiB, and how long the
// write-ahead log may become before it is made to start over, 64 MiB.
const (
	checkpointEvery = 1 << 10
	restartAt       = 1 << 14
)

// restartWait is how long the log waits for somebody who reads when it is to start
// over, and with it everybody who commits.
const restartWait = 50 * time.Millisecond

// forgetWithin is how long what was deleted may stay in the database file of a
// quiet server. It is long enough for many deletions to share one checkpoint.
const forgetWithin = time.Second

// checkpointer moves pages from the write-ahead log into the database file,
// so that the log stays short: it starts over by itself when all of it has
// been moved. It is never cut, since writing into a file that has its size is
// cheaper. The checkpointer runs beside the writer, and takes its turn only
// when the log has grown long because the writer was never idle.
type checkpointer struct {
	conn *conn
	turn chan struct{}
	log  *slog.Logger
	// lull waits until nobody searches, and rest until nobody reads, and keep all
	// from beginning until the function that they return is called.
	lull, rest func() (resume func())

	wake chan struct{} // holds one; closed by stop
	soon chan struct{} // holds one, for what need not be at once
	done chan struct{}
}

func newCheckpointer(c *conn, s *Store, log *slog.Logger) *checkpointer {
	return &checkpointer{conn: c, turn: s.turn, log: log, lull: s.indexer.lull, rest: s.readers.rest,
		wake: make(chan struct{}, 1), soon: make(chan struct{}, 1), done: make(chan struct{})}
}

func (p *checkpointer) run() {
	defer close(p.done)
	for p.wait() {
		if err := p.checkpoint(); err != nil {
			p.log.Error("sqlite: checkpoint", "error", err)
		}
	}
}

// wait returns when there is to be a checkpoint, false at the end.
func (p *checkpointer) wait() bool {
	var due <-chan time.Time
	for {
		select {
		case _, open := <-p.wake:
			return open
		case <-p.soon:
			if due == nil {
				due = time.After(forgetWithin)
			}
		case <-due:
			return true
		}
	}
}

func (p *checkpointer) checkpoint() error {
	pages, err := p.move(checkpoint)
	if err != nil || pages < restartAt {
		return err
	}
	return p.restart()
}

// restart makes the log start over, for which nobody may read of it. Searches take
// long, and there may always be one, so they are waited for first, while others go
// on. If there is still somebody who reads, as the indexer may, it is tried again
// with the next checkpoint.
func (p *checkpointer) restart() error {
	defer p.lull()()
	if _, err := p.move(checkpoint); err != nil {
		return err
	}
	defer p.rest()()
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	_, err := p.move(checkpointRestart)
	return err
}

// move runs a checkpoint and returns how many pages the log has. That it
// could not move all of them is no error: a reader may still need them.
func (p *checkpointer) move(q query) (pages int, err error) {
	var busy, moved int
	_, err = p.conn.get(scan{&busy, &pages, &moved}, q)
	if isBusy(err) {
		err = nil
	}
	return pages, err
}

// poke asks for a checkpoint, soon. It does not wait. It is called by who has
// the writer's turn.
func (p *checkpointer) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// forget asks for a checkpoint within a while, so that what was deleted is
// overwritten in the database file too when nobody writes any more. When all
// of the log has been moved then, the next commit writes over its beginning.
// It does not wait.
func (p *checkpointer) forget() {
	select {
	case p.soon <- struct{}{}:
	default:
	}
}

// stop ends the goroutine. It is called by who has the writer's turn, gives
// that up for as long as a checkpoint needs it, and returns without it.
func (p *checkpointer) stop(turn chan struct{}) {
	close(p.wake)
	<-turn
	<-p.done
}

// pagesWritten returns how many pages a connection has written to the log
// since the last call.
func pagesWritten(c *conn) (pages int, err error) {
	status, ok := c.Conn.(sqlite.DBStatus)
	if !ok {
		return 0, errors.New("the driver does not count pages")
	}
	pages, _, err = status.Status(sqlite.DBStatusCacheWrite, true)
	return pages, err
}
