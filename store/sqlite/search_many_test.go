package sqlite

import (
	"fmt"
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
