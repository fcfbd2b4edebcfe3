package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"asappchat/store"
)

// pendingIndex opens a store whose indexer does nothing but what a test does.
func pendingIndex(t *testing.T, dir string) *Store {
	return open(t, dir, &Options{Durability: Normal, Unindexed: true})
}

// stepAll does what there is to do, and returns how many batches that were. No
// batch may be larger than said.
func stepAll(t *testing.T, s *Store, mostBytes int) (batches int) {
	t.Helper()
	for {
		b := nextBatch(t, s)
		if b.empty {
			return batches
		}
		texts := 0
		for _, c := range b.changes {
			texts += len(c.new.body)
			if c.old != nil {
				texts += len(c.old.body)
			}
		}
		if texts > mostBytes || len(b.changes) > 2*batchMessages {
			t.Errorf("%d bytes in %d changes in one batch, want at most %d", texts, len(b.changes), mostBytes)
		}
		if err := s.indexer.apply(&b); err != nil {
			t.Fatal(err)
		}
		batches++
	}
}

func nextBatch(t *testing.T, s *Store) (b batch) {
	t.Helper()
	next := s.indexer.nextGroups
	if s.indexer.state.goal > 0 {
		next = s.indexer.nextFound
	}
	b, err := next()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// long is a text of the size that a message may have, with a word of its own.
func long(n int) string { return fmt.Sprint("n", n, strings.Repeat(" hay", 4<<10)) }

// However long messages are, and however many were sent, edited or deleted while
// the index did nothing, it takes them in batches of bounded size.
func TestBatchIsBoundedInBytes(t *testing.T) {
	dir := t.TempDir()
	s := pendingIndex(t, dir)
	mustCommit(t, s, user("ana"), note("first"))
	if stepAll(t, s, batchBytes); s.indexer.state.goal != 0 {
		t.Fatal("the new index looks for something")
	}
	const groups, size = 12, 16
	group := func(f func(seq int64) store.Mutation) {
		for i := range groups {
			var all []store.Mutation
			for j := range size {
				all = append(all, f(int64(2+i*size+j)))
			}
			mustCommit(t, s, all...)
		}
	}
	oneGroup := 2 * size * len(long(1000))
	group(func(seq int64) store.Mutation { return note(long(int(seq))) })
	if n := stepAll(t, s, batchBytes+oneGroup); n < 2 {
		t.Errorf("%d batches of sends", n)
	}
	group(func(seq int64) store.Mutation { return edit(seq, long(1000+int(seq))) })
	if n := stepAll(t, s, batchBytes+oneGroup); n != groups { // each takes out more than a batch should
		t.Errorf("%d batches of edits", n)
	}
	group(func(seq int64) store.Mutation { return edit(seq, long(2000+int(seq))) })
	for range 3 { // what is not known in memory is looked for, also when that is interrupted
		s.Close()
		s = pendingIndex(t, dir)
		for range 2 {
			if b := nextBatch(t, s); !b.empty {
				if err := s.indexer.apply(&b); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if n := stepAll(t, s, batchBytes+oneGroup); n != 2 {
		t.Errorf("%d batches of what was looked for", n)
	}
	want := []string{"first"}
	for seq := 2; seq < 2+groups*size; seq++ {
		want = append(want, long(2000+seq))
	}
	s.onlyHas(t, strings.Join(want, " "))
}

// Small changes without a message among them are no more in one batch than
// messages are.
func TestBatchIsBoundedInChanges(t *testing.T) {
	s := pendingIndex(t, t.TempDir())
	mustCommit(t, s, user("ana"), note("first"))
	stepAll(t, s, batchBytes)
	for i := range 2*batchMessages + 1 {
		mustCommit(t, s, edit(1, fmt.Sprint("n", i)))
	}
	if n := stepAll(t, s, batchBytes); n != 3 {
		t.Errorf("%d batches, want 3", n)
	}
	s.onlyHas(t, fmt.Sprint("n", 2*batchMessages))
}

// An indexer that is stopped does not end a batch first, and the next one has it.
func TestStoppedIndexerGivesUp(t *testing.T) {
	dir := t.TempDir()
	s := pendingIndex(t, dir)
	mustCommit(t, s, user("ana"), note("first"))
	stepAll(t, s, batchBytes)
	mustCommit(t, s, edit(1, "second"))
	b, before := nextBatch(t, s), s.indexer.state
	s.indexer.stop()
	if err := s.indexer.apply(&b); !errors.Is(err, errGaveUp) || s.indexer.state != before {
		t.Errorf("%v, at %v", err, s.indexer.state)
	}
	s.Close()
	s = open(t, dir, &Options{Durability: Normal})
	s.awaitIndex(t)
	s.onlyHas(t, "second")
}

// An index that is made anew has nothing of what was replaced before, so that is
// not read, and is gone when it has been made.
func TestNewIndexReadsNothingOfWhatWasReplaced(t *testing.T) {
	dir := t.TempDir()
	s := pendingIndex(t, dir)
	mustCommit(t, s, user("ana"), note("first"))
	for i := range 100 {
		mustCommit(t, s, edit(1, long(i)))
	}
	if err := s.indexer.renew(); err != nil {
		t.Fatal(err)
	}
	size := 0
	for s.indexer.state.goal > 0 {
		b := nextBatch(t, s)
		if err := s.indexer.apply(&b); err != nil {
			t.Fatal(err)
		}
		size += b.weight
		if b.state.goal == 0 && !b.erase {
			t.Error("what was replaced is not to be erased")
		}
	}
	if size != len(long(99)) || s.indexer.chat.stmts[listReplaced] != nil {
		t.Errorf("%d bytes were read", size)
	}
	s.onlyHas(t, long(99))
}
