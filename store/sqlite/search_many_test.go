package sqlite

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

// Many who change messages and search at once find what they have written.
func TestEverybodyFindsTheirOwnChanges(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	commits := make(chan func())
	go func() { // ends with the test
		for f := range commits {
			f()
		}
	}()
	commit := func(m store.Mutation) (o store.Outcome) {
		done := make(chan bool)
		commits <- func() { o = mustCommit(t, s, m)[0]; close(done) }
		<-done
		return o
	}
	two, _ := words.Parse("two")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 40 {
				name := fmt.Sprintf("u%d-%d", i, n)
				peer := name + "p"
				commit(user(name))
				commit(user(peer))
				commit(&store.Append{To: peer, NewID: fmt.Sprintf("c:%018d%04d", i, n), Message: protocol.Message{Sender: name, Body: "A wörd: one"}})
				commit(&store.Append{To: name, Message: protocol.Message{Sender: peer, Body: "word three"}})
				place := commit(&store.Edit{Actor: name, With: peer, Seq: 1, Body: "a wörd two"}).Events[0].Place
				if err := s.AwaitIndex(t.Context(), place); err != nil {
					t.Error(err)
				}
				h, err := s.Search(t.Context(), name, store.Query{Words: two, Limit: 50})
				if err != nil || len(h.Items) != 1 {
					t.Errorf("%s finds %+v: %v", name, h, err)
				}
			}
		})
	}
	group.Wait()
	close(commits)
	for i := range 8 {
		for n := range 40 {
			name := fmt.Sprintf("u%d-%d", i, n)
			h, err := s.Search(t.Context(), name, store.Query{Words: two, Limit: 50})
			if err != nil || len(h.Items) != 1 || h.Behind {
				t.Errorf("%s finds %+v at the end: %v", name, h, err)
			}
		}
	}
	s.indexer.stop()
	if err := s.indexer.conn.execText(`INSERT INTO entry (entry) VALUES ('integrity-check')`); err != nil {
		t.Error(err)
	}
}

// While messages are sent and edited and the index follows, a search finds each
// one that it says to have seen, once, and none that is not as it was asked for.
func TestSearchBesideTheIndexMissesAndDoublesNothing(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	const groups, size = 120, 8
	var mu sync.Mutex
	var edited []store.Place // by seq, from 1 on, when that has the word
	done := make(chan bool)
	go func() { // ends with the test, which waits for it
		defer close(done)
		for i := range groups {
			var sends, edits []store.Mutation
			for j := range size {
				sends = append(sends, note("hay"))
				edits = append(edits, edit(int64(i*size+j+1), "hay and straw"))
			}
			mustCommit(t, s, sends...)
			outcomes := mustCommit(t, s, edits...)
			mu.Lock()
			for _, o := range outcomes {
				edited = append(edited, o.Events[0].Place)
			}
			mu.Unlock()
			if i%2 > 0 {
				s.awaitIndex(t)
			}
		}
	}()
	straw, _ := words.Parse("straw")
	searches, behind := 0, 0
	for running := true; running; searches++ {
		select {
		case <-done:
			running = false
		default:
		}
		seqs, seen, isBehind := searchAll(t, s, straw)
		if isBehind {
			behind++
		}
		mu.Lock()
		for i, place := range edited {
			if place <= seen && !seqs[int64(i+1)] {
				t.Errorf("search %d has not found seq %d, edited at %d, and has seen %d", searches, i+1, place, seen)
			}
		}
		mu.Unlock()
		if t.Failed() {
			break
		}
	}
	<-done
	t.Logf("%d searches, %d of them behind", searches, behind)
}

// searchAll returns the seqs that all pages have found, and what the first one
// has seen.
func searchAll(t *testing.T, s *Store, q words.Query) (seqs map[int64]bool, seen store.Place, behind bool) {
	t.Helper()
	seqs = map[int64]bool{}
	for before := store.Place(0); ; {
		h, err := s.Search(t.Context(), "ana", store.Query{Words: q, Before: before, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if before == 0 {
			seen, behind = h.Seen, h.Behind
		}
		if !slices.IsSortedFunc(h.Items, func(a, b store.Hit) int { return int(b.Place - a.Place) }) {
			t.Error("a page is not in order")
		}
		for _, hit := range h.Items {
			if seqs[hit.Message.Seq] || hit.Message.Body != "hay and straw" {
				t.Errorf("found twice, or wrongly: %+v", hit)
			}
			seqs[hit.Message.Seq] = true
		}
		if before = h.Next; before == 0 {
			return seqs, seen, behind
		}
	}
}
