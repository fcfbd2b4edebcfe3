package sqlite

import (
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
	for logSize(t, dir) < restartAt*4096 {
		mustCommitUnseen(t, s, note(page))
	}
	if err := s.checkpointer.checkpoint(); err != nil {
		t.Fatal(err)
	}
	before := logSize(t, dir)
	mustCommitUnseen(t, s, note("one more"))
	if after := logSize(t, dir); after != before {
		t.Fatalf("the log grew from %d to %d", before, after)
	}
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
