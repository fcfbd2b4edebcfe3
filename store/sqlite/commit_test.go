package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	lib "modernc.org/sqlite/lib"

	"asappchat/store"
)

type coded int

func (c coded) Code() int     { return int(c) }
func (c coded) Error() string { return fmt.Sprint("code ", int(c)) }

func TestFailuresAreJudgedByCode(t *testing.T) {
	for _, c := range []struct {
		err    error
		at     stage
		want   error // nil: a mutation is to blame
		fenced bool
	}{
		{coded(lib.SQLITE_FULL), applying, store.ErrFull, false},
		{coded(lib.SQLITE_FULL), committing, store.ErrFull, false},
		{coded(lib.SQLITE_BUSY), starting, store.ErrUnavailable, false},
		{coded(lib.SQLITE_BUSY_SNAPSHOT), starting, store.ErrUnavailable, false},
		{coded(lib.SQLITE_ERROR), starting, store.ErrFailed, true},
		{coded(lib.SQLITE_CONSTRAINT_PRIMARYKEY), applying, nil, false},
		{coded(lib.SQLITE_TOOBIG), applying, nil, false},
		{errors.New("of another origin"), applying, nil, false},
		{coded(lib.SQLITE_IOERR_WRITE), applying, store.ErrFailed, true},
		{coded(lib.SQLITE_IOERR_FSYNC), committing, store.ErrUnknownOutcome, true},
		{coded(lib.SQLITE_CORRUPT), applying, store.ErrFailed, true},
		{coded(lib.SQLITE_NOTADB), applying, store.ErrFailed, true},
		{errors.New("of another origin"), committing, store.ErrUnknownOutcome, true},
	} {
		w := &writer{log: slog.New(slog.DiscardHandler)}
		blamed, err := w.judge(fmt.Errorf("wrapped: %w", c.err), c.at)
		if !errors.Is(err, c.want) && c.want != nil || blamed != (c.want == nil) || (w.fence != nil) != c.fenced {
			t.Errorf("%v at stage %d: %v, blamed %v, fence %v", c.err, c.at, err, blamed, w.fence)
		}
		if errors.As(err, new(coded)) {
			t.Errorf("%v gets out", c.err)
		}
	}
}

func TestPanicIsTheFaultOfOneMutation(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	outcomes, err := s.Commit(t.Context(), []store.Mutation{user("ana"), note("one"), (*store.Append)(nil), nil, note("two")})
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if wrong := i == 2 || i == 3; (o.Err != nil) != wrong {
			t.Errorf("mutation %d: %v", i, o.Err)
		}
	}
	if got := notes(t, s); got != "one two" {
		t.Errorf("notes %q", got)
	}
}

// What a transaction has changed in memory is forgotten with it.
func TestFailedMutationAloneIsForgotten(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	const id = "c:1111111111111111111111"
	group := func() store.Mutation { return &store.CreateGroup{ID: id, Creator: "ana", Name: "x"} }
	mustCommit(t, s, user("ana"), user("bo"), note("one"), group())
	// The second creation spoils the transaction after bo has joined in it.
	add := &store.AddMember{Actor: "ana", With: id, Username: "bo", Max: 9}
	w := s.writer
	if _, _, err := w.attempt([]store.Mutation{note("lost"), add, group()}); err == nil {
		t.Fatal("no error")
	}
	if w.next != w.place {
		t.Fatalf("place %d was given out, %d is committed", w.next, w.place)
	}
	outcomes := mustCommit(t, s, note("two"), add)
	if e := outcomes[1].Events; len(e) != 1 || e[0].Place != 5 {
		t.Fatalf("events %+v", e)
	}
	if got := notes(t, s); got != "one two" {
		t.Errorf("notes %q", got)
	}
}

// limitPages lets the database grow to a number of pages, or not at all when
// it has more.
func limitPages(t *testing.T, s *Store, pages int) {
	t.Helper()
	if err := s.writer.run(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
		t.Fatal(err)
	}
}

func TestFullStorageStoresNothingAndRecovers(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), note("one"))
	limitPages(t, s, 1)
	group := []store.Mutation{note("small"), note(strings.Repeat("x", 1<<20))}
	if _, err := s.Commit(t.Context(), group); !errors.Is(err, store.ErrFull) {
		t.Fatalf("error %v", err)
	}
	limitPages(t, s, 1<<30)
	mustCommit(t, s, note("two"))
	if got := notes(t, s); got != "one two" {
		t.Errorf("notes %q", got)
	}
}

// What comes after a mutation that found no space does not overtake it.
func TestFullStorageEndsCommittingOneByOne(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), note("one"))
	limitPages(t, s, 1)
	outcomes, err := s.Commit(t.Context(), []store.Mutation{
		note("two"), nil, note(strings.Repeat("x", 1<<20)), note("lost"), nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, errByItself, store.ErrFull, store.ErrFull, store.ErrFull} {
		wantOutcome(t, i, outcomes[i], want)
	}
	limitPages(t, s, 1<<30)
	mustCommit(t, s, note("three"))
	if got := notes(t, s); got != "one two three" {
		t.Errorf("notes %q", got)
	}
}

// errByItself stands for an error that is none of the storage.
var errByItself = errors.New("fails by itself")

func wantOutcome(t *testing.T, i int, got store.Outcome, want error) {
	t.Helper()
	is := func(e error) bool { return errors.Is(got.Err, e) }
	storage := []error{store.ErrFull, store.ErrUnavailable, store.ErrFailed, store.ErrUnknownOutcome}
	if want == errByItself && (got.Err == nil || slices.ContainsFunc(storage, is)) || want != errByItself && !is(want) {
		t.Errorf("mutation %d: error %v, want %v", i, got.Err, want)
	}
}

func TestLockedDatabaseIsUnavailableForAWhile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	if err := s.writer.run("PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	other := s.checkpointer.conn
	if _, err := other.exec(beginWrite); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), []store.Mutation{note("lost")}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("error %v", err)
	}
	if _, err := other.exec(rollback); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, note("two"))
	if got := notes(t, s); got != "one two" {
		t.Errorf("notes %q", got)
	}
}
