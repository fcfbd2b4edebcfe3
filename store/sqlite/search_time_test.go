package sqlite

import (
	"fmt"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

// A page ends when its time is over, however little it has found, and the pages
// behind it find the rest, each message once.
func TestSearchEndsInTime(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	const peers, each = 5, 30
	for i := range peers {
		peer := fmt.Sprint("peer", i)
		mustCommit(t, s, user(peer))
		for n := range each {
			mustCommit(t, s, &store.Append{To: peer, NewID: fmt.Sprintf("c:%022d", i),
				Message: protocol.Message{Sender: "ana", Body: fmt.Sprint("word ", n)}})
		}
	}
	s.awaitIndex(t)
	s.indexer.searchTime = 0 // it is over at once
	q, err := words.Parse("wor*")
	if err != nil {
		t.Fatal(err)
	}
	found, pages := map[store.Place]bool{}, 0
	for before := store.Place(0); ; pages++ {
		h, err := s.Search(t.Context(), "ana", store.Query{Words: q, Limit: peers * each, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range h.Items {
			if found[hit.Place] || before > 0 && hit.Place >= before {
				t.Fatalf("%d was found on another page", hit.Place)
			}
			found[hit.Place] = true
		}
		if before = h.Next; before == 0 {
			break
		}
	}
	if len(found) != peers*each || pages < 3 {
		t.Errorf("%d of %d found on %d pages", len(found), peers*each, pages)
	}
}
