package sqlite

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"asappchat/store"
)

// A file that may not grow makes the writing of the commit fail, as a disk
// that gives up does.
func TestBrokenCommitIsUnknownAndTheLast(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	restore := limitFileSize(t, filepath.Join(dir, fileName+"-wal"))
	_, err := s.Commit(t.Context(), []store.Mutation{note("two"), note(strings.Repeat("x", 1<<16))})
	restore()
	if !errors.Is(err, store.ErrUnknownOutcome) {
		t.Fatalf("error %v", err)
	}
	if _, err := s.Commit(t.Context(), []store.Mutation{note("three")}); !errors.Is(err, store.ErrFailed) {
		t.Errorf("error after it %v", err)
	}
	if got := notes(t, s); got != "one" {
		t.Errorf("notes %q", got)
	}
	s.Close()
	s = open(t, dir, nil)
	mustCommit(t, s, note("four"))
	if got := notes(t, s); got != "one four" {
		t.Errorf("notes %q", got)
	}
}

// The commits of mutations one by one break as those of groups do.
func TestBrokenCommitOneByOneIsUnknownAndTheLast(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	restore := limitFileSize(t, filepath.Join(dir, fileName+"-wal"))
	outcomes, err := s.Commit(t.Context(), []store.Mutation{
		nil, note(strings.Repeat("x", 1<<16)), note("lost"), nil,
	})
	restore()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{errByItself, store.ErrUnknownOutcome, store.ErrFailed, store.ErrFailed} {
		wantOutcome(t, i, outcomes[i], want)
	}
	if got := notes(t, s); got != "one" {
		t.Errorf("notes %q", got)
	}
}

// limitFileSize lets no file of the process grow beyond the size that one has.
func limitFileSize(t *testing.T, name string) (restore func()) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limited := syscall.Rlimit{Cur: uint64(info.Size()), Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}
