package sqlite

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"

	lib "modernc.org/sqlite/lib"

	"asappchat/store"
	"asappchat/store/words"
)

// indexName is the file of the index, beside the database. Whatever happens to
// it, it can be made anew from that.
const indexName = "search.db"

// indexVersion changes with the schema of the index, and with what words are
// (package words, the Unicode tables that it uses). An index of another version
// is made anew.
var indexVersion = int64(crc32.ChecksumIEEE([]byte("1 " + words.Version)))

// indexSchema makes the file. entry has the terms of each message, by its place;
// it keeps no text, and forgets nothing but what it is given once more.
var indexSchema = []string{
	`CREATE TABLE state (
		id           INTEGER PRIMARY KEY CHECK (id = 1),
		version      INTEGER NOT NULL,
		epoch        TEXT    NOT NULL, -- of the log
		seen         INTEGER NOT NULL, -- what is up to this place is indexed
		goal         INTEGER NOT NULL, -- and up to this one of what is before the next:
		conversation INTEGER NOT NULL,
		seq          INTEGER NOT NULL
	) STRICT`,
	`CREATE VIRTUAL TABLE entry USING fts5 (terms, content = '', columnsize = 0, tokenize = 'ascii')`,
	`INSERT INTO entry (entry, rank) VALUES ('secure-delete', 1)`,
	`INSERT INTO entry (entry, rank) VALUES ('hashsize', 4194304)`, // a batch goes into one segment
	// Segments of a size are merged when there are so many of them: the more, the
	// fewer times a message is written again, and the more a search looks at.
	`INSERT INTO entry (entry, rank) VALUES ('automerge', 16)`,
	`INSERT INTO entry (entry, rank) VALUES ('crisismerge', 64)`,
}

// indexState is the row of table state.
type indexState struct {
	seen store.Place // what is up to it is indexed
	goal store.Place // what is up to it is being looked for, 0 when nothing is
	at   messageKey  // the last one that was looked at
}

// index is the file, as the indexer has it open.
type index struct {
	file    string
	writing settings
	epoch   string
	free    chan *finder  // those that search, when they do not
	lulls   chan struct{} // holds one, while somebody takes all of free

	conn  *conn // of the indexer; nil when the file is not open
	state indexState
}

// finder searches. It has connections of its own to both files, so that it does
// not keep those from waiting that read.
type finder struct {
	chat  *conn
	index *conn // nil when the file is not open
}

// settingsOfIndex are those of connections that change it. A commit does not
// wait for the disk: what is lost with the power is indexed again.
func settingsOfIndex(writing settings) settings {
	with := maps.Clone(writing)
	with["synchronous"] = "1"
	with["busy_timeout"] = "0" // a checkpoint does not wait for who searches: it comes again
	return with
}

// open opens the file if it goes with a log, in which what was replaced up to a
// place is forgotten, and makes it anew if not.
func (x *index) open(ctx context.Context, log store.Head, forgotten store.Place) error {
	err := x.openAs(ctx)
	if err == nil && x.state.follows(log.Place, forgotten) {
		return nil
	}
	return x.remake(ctx, log.Place)
}

// follows says whether a state goes with a log up to a place. What has been
// forgotten must not be in the index, which could not be told to forget it.
func (s *indexState) follows(log, forgotten store.Place) bool {
	return s.seen <= log && s.goal <= log && (s.seen >= forgotten || s.seen == 0 && s.goal >= forgotten)
}

// openAs opens the file as it is.
func (x *index) openAs(ctx context.Context) error {
	if _, err := os.Stat(x.file); err != nil {
		return err
	}
	if err := x.connect(ctx); err != nil {
		return err
	}
	var version int64
	var epoch string
	s := &x.state
	err := x.conn.one(scan{&version, &epoch, &s.seen, &s.goal, &s.at.conversation, &s.at.seq}, readIndex)
	if err == nil && (version != indexVersion || epoch != x.epoch) {
		err = fmt.Errorf("an index of version %d for epoch %q", version, epoch)
	}
	return err
}

// remake makes an empty file, which is to be built up to a place. Those that
// search wait meanwhile.
func (x *index) remake(ctx context.Context, upto store.Place) error {
	finders, resume := x.take()
	defer resume()
	for _, f := range finders {
		f.closeIndex()
	}
	x.close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(x.file + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := makeFile(x.file); err != nil {
		return err
	}
	if err := x.connect(ctx); err != nil {
		return err
	}
	x.state = indexState{goal: upto}
	return x.conn.transaction(func() error {
		for _, text := range indexSchema {
			if err := x.conn.execText(text); err != nil {
				return err
			}
		}
		_, err := x.conn.exec(createIndex, indexVersion, x.epoch, int64(upto))
		return err
	})
}

// take waits until nobody searches, and lets nobody begin until resume is called.
func (x *index) take() (finders []*finder, resume func()) {
	x.lulls <- struct{}{}
	for range cap(x.free) {
		finders = append(finders, <-x.free)
	}
	return finders, func() {
		for _, f := range finders {
			x.free <- f
		}
		<-x.lulls
	}
}

// lull is take for who needs no finders.
func (x *index) lull() (resume func()) {
	_, resume = x.take()
	return resume
}

// connect opens the indexer's connection.
func (x *index) connect(ctx context.Context) (err error) {
	x.conn, err = x.dial(ctx, x.writing)
	return err
}

func (x *index) dial(ctx context.Context, with settings) (*conn, error) {
	connector, err := connectorTo(x.file, with)
	if err != nil {
		return nil, err
	}
	return connect(ctx, connector, with)
}

// close closes the indexer's connection. A file that is damaged may not let
// itself be closed well, and is of no use.
func (x *index) close() error {
	if x.conn == nil {
		return nil
	}
	err := x.conn.Close()
	x.conn = nil
	return err
}

// Close closes all connections to the index, after the searches under way.
func (x *index) Close() error {
	var errs []error
	for range cap(x.free) {
		errs = append(errs, (<-x.free).closeIndex())
	}
	return errors.Join(append(errs, x.close())...)
}

func (f *finder) closeIndex() error {
	if f.index == nil {
		return nil
	}
	err := f.index.Close()
	f.index = nil
	return err
}

// transaction runs a function within one transaction.
func (c *conn) transaction(f func() error) error {
	if _, err := c.exec(beginWrite); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = c.exec(commit)
	}
	if err != nil {
		c.exec(rollback) // it fails when SQLite has rolled back by itself
	}
	return err
}

// execText runs a statement that is run once in the life of a file.
func (c *conn) execText(text string) (err error) {
	stmt, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	_, err = stmt.ExecContext(context.Background(), nil)
	return err
}

// isDamaged says that the file does not hold what it should.
func isDamaged(err error) bool {
	switch code(err) {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return true
	}
	return false
}
