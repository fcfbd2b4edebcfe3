package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asappchat/store"
)

func logSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, fileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// The write-ahead log starts over, without a timer and without being cut.
func TestLogStartsOver(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	body := strings.Repeat("x", 1<<16)
	for size := int64(0); ; size = logSize(t, dir) {
		if size > 256<<20 {
			t.Fatalf("the log has %d bytes", size)
		}
		mustCommit(t, s, note(body))
		if logSize(t, dir) == size {
			return
		}
	}
}

// A log that never was short enough to start over is made to.
func TestLongLogIsMadeToStartOver(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	page := strings.Repeat("x", 1<<20)
	for logSize(t, dir) < restartAt*(usualPage+24) { // as many frames
		mustCommitUnseen(t, s, note(page))
	}
	if err := s.checkpointer.checkpoint(); err != nil {
		t.Fatal(err)
	}
	s.mustStartOver(t, dir)
}

// mustStartOver makes sure that the next commit goes to the beginning of the log.
func (s *Store) mustStartOver(t *testing.T, dir string) {
	t.Helper()
	before := logSize(t, dir)
	mustCommitUnseen(t, s, note("one more"))
	if after := logSize(t, dir); after != before {
		t.Fatalf("the log grew from %d to %d", before, after)
	}
}

// A log that is to start over waits for who searches, and commits do not wait for
// either.
func TestCommitsDoNotWaitForSearchesWithALongLog(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal, Unindexed: true})
	mustCommit(t, s, user("ana"))
	page := strings.Repeat("x", 1<<20)
	for logSize(t, dir) < restartAt*(usualPage+24) { // as many frames
		mustCommitUnseen(t, s, note(page))
	}
	searching, committed := make(chan bool), make(chan bool)
	searched := make(chan error, 1)
	go func() { // ends with the search
		searched <- s.indexer.find(t.Context(), func(f *finder) error {
			return f.chat.snapshot(func() error {
				_, err := f.chat.head()
				close(searching)
				<-committed
				return err
			})
		})
	}()
	<-searching
	mustCommitUnseen(t, s, note("what the search does not see"))
	over := make(chan error, 1)
	lulling := make(chan bool)
	lull := s.checkpointer.lull
	s.checkpointer.lull = func() func() { close(lulling); return lull() }
	go func() { over <- s.checkpointer.checkpoint() }() // ends after the search
	<-lulling
	mustCommitUnseen(t, s, note("committed beside the search"))
	close(committed)
	if err := errors.Join(<-searched, <-over); err != nil {
		t.Fatal(err)
	}
	s.mustStartOver(t, dir)
}

// mustCommitUnseen commits without the checkpointer's being told.
func mustCommitUnseen(t *testing.T, s *Store, m store.Mutation) {
	t.Helper()
	s.turn <- struct{}{}
	outcomes, err := s.writer.commit([]store.Mutation{m})
	<-s.turn
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes)
	}
}
