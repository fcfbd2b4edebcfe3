package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"asappchat/store"
)

// fileName is the database's, in the data folder.
const fileName = "chat.db"

// leastReaders is how many connections read on a machine with fewer cores.
const leastReaders = 2

// smallGroup is how many members a conversation may have, by default, that
// keeps the place of its last event with each of them.
const smallGroup = 100

// Options are what may be chosen. The zero value, and nil, are good.
type Options struct {
	// Durability is Full when empty.
	Durability Durability
	// SmallGroup is how many members a conversation may have whose members'
	// rows move with every commit to it, which makes its changes cheap to
	// find; larger ones are few for any user, and looked at one by one. It may
	// differ from one Open to the next. 0 means 100.
	SmallGroup int
	// Unindexed leaves indexing to a later Open: searches do not find what is
	// committed until then. It is for measuring what the index costs.
	Unindexed bool
	// Log takes what goes wrong outside of any call, and what ends the
	// writing. nil means nowhere.
	Log *slog.Logger
}

func (o *Options) durability() Durability {
	if o == nil {
		return Full
	}
	return cmp.Or(o.Durability, Full)
}

func (o *Options) smallGroup() int {
	if o == nil {
		return smallGroup
	}
	return cmp.Or(o.SmallGroup, smallGroup)
}

func (o *Options) unindexed() bool { return o != nil && o.Unindexed }

func (o *Options) log() *slog.Logger {
	if o == nil || o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Store is a store.Store in a data folder. All methods may be called from any
// goroutine, except that Commit is called by one at a time.
type Store struct {
	writer  *writer
	turn    chan struct{} // holds a token while somebody uses the writer
	readers *readers

	checkpointer *checkpointer
	indexer      *indexer
	closed       chan struct{} // closed by Close
	closing      sync.Once
	closeErr     error
	closers      []io.Closer // in the order of their making
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder, and makes both when there is none. A
// folder that is open already, in this process or in another one, is
// store.ErrInUse. The context bounds the opening.
func Open(ctx context.Context, dir string, opts *Options) (*Store, error) {
	s := &Store{turn: make(chan struct{}, 1), closed: make(chan struct{})}
	if err := s.open(ctx, dir, opts); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", dir, err), s.closeAll())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, dir string, opts *Options) error {
	dir, err := makeFolder(dir)
	if err != nil {
		return err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, lock)
	writing, err := opts.durability().writing()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, fileName)
	if err := makeFile(file); err != nil {
		return err
	}
	if err := s.openWriter(ctx, file, writing, opts); err != nil {
		return err
	}
	if err := s.openReaders(ctx, file, writing.reading()); err != nil {
		return err
	}
	if err := s.openIndexer(ctx, file, writing, opts); err != nil {
		return err
	}
	if err := s.openCheckpointer(ctx, file, writing, opts); err != nil {
		return err
	}
	s.indexer.forgot = s.checkpointer.forget
	s.indexer.start(opts.unindexed())
	return nil
}

// makeFolder makes the folder, and makes sure that its name is on disk.
func makeFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	parent, err := os.Open(filepath.Dir(dir))
	if err != nil {
		return "", err
	}
	defer parent.Close()
	return dir, parent.Sync()
}

// makeFile makes the database file for its owner alone, whatever the folder
// lets others do. SQLite takes an empty file for a new database, and gives the
// files beside it the same mode. One that exists is left as it is, and not
// opened: to close it could end locks that SQLite holds.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *Store) openWriter(ctx context.Context, file string, with settings, opts *Options) error {
	if err := migrate(ctx, file, with, opts.log()); err != nil {
		return err
	}
	c, err := s.connect(ctx, file, with)
	if err != nil {
		return err
	}
	s.writer, err = newWriter(c, opts)
	return err
}

func (s *Store) openReaders(ctx context.Context, file string, with settings) error {
	size := max(runtime.GOMAXPROCS(0), leastReaders)
	s.readers = &readers{free: make(chan *conn, size), closed: s.closed}
	for range size {
		c, err := s.connect(ctx, file, with)
		if err != nil {
			return err
		}
		s.readers.free <- c
	}
	return nil
}

// openIndexer opens the index, or makes an empty one, which is filled behind.
func (s *Store) openIndexer(ctx context.Context, file string, writing settings, opts *Options) error {
	chat, err := s.connect(ctx, file, writing.reading())
	if err != nil {
		return err
	}
	x := &index{
		file:    filepath.Join(filepath.Dir(file), indexName),
		writing: settingsOfIndex(writing),
		free:    make(chan *finder, max(1, cap(s.readers.free)/2)),
		lulls:   make(chan struct{}, 1),
	}
	for range cap(x.free) {
		f := &finder{}
		if f.chat, err = s.connect(ctx, file, writing.reading()); err != nil {
			return err
		}
		x.free <- f
	}
	s.closers = append(s.closers, x)
	s.indexer = newIndexer(x, chat, s, opts.log())
	head, err := chat.head()
	if err != nil {
		return err
	}
	x.epoch = head.Epoch
	var forgotten store.Place
	if err := chat.one(scan{&forgotten}, readForgotten); err != nil {
		return err
	}
	return x.open(ctx, head, forgotten)
}

func (s *Store) openCheckpointer(ctx context.Context, file string, with settings, opts *Options) error {
	with = maps.Clone(with)
	with["busy_timeout"] = strconv.FormatInt(restartWait.Milliseconds(), 10)
	c, err := s.connect(ctx, file, with)
	if err != nil {
		return err
	}
	s.checkpointer = newCheckpointer(c, s, opts.log())
	go s.checkpointer.run() // until Close
	return nil
}

// connect opens a connection, which closeAll closes.
func (s *Store) connect(ctx context.Context, file string, with settings) (*conn, error) {
	connector, err := connectorTo(file, with)
	if err != nil {
		return nil, err
	}
	c, err := connect(ctx, connector, with)
	if err == nil {
		s.closers = append(s.closers, c)
	}
	return c, err
}

// Close ends the store, after the commit and the reads that are under way.
// Calls after it are store.ErrUnavailable.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		s.indexer.stop()
		s.turn <- struct{}{}
		s.checkpointer.stop(s.turn)
		s.readers.drain()
		s.closeErr = s.closeAll()
	})
	return s.closeErr
}

// closeAll closes what was opened, the last one first.
func (s *Store) closeAll() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last].Close())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}
