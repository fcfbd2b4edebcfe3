package sqlite

import (
	"fmt"
	"testing"

	"asappchat/store"
)

// The cost of a page follows its bounds, also where messages and their changes
// alternate: no change is read that comes after the new messages of the page
// and the one after it.
func TestPageOfTrailReadsNoChangeBehindItsMessages(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	for i := range 9 {
		mustCommit(t, s, note(fmt.Sprint(i)))
	}
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for seq := range int64(9) {
		mustCommit(t, s, note("new"),
			&store.Edit{Actor: "ana", With: "ana", Seq: seq + 1, Body: "changed"},
			&store.Edit{Actor: "ana", With: "ana", Seq: seq + 10, Body: "changed"})
	}
	c := <-s.readers.free
	defer func() { s.readers.free <- c }()
	v, err := c.view("ana", "ana")
	if err != nil {
		t.Fatal(err)
	}
	trail, err := c.trailOf(&v, head.Place)
	if err != nil {
		t.Fatal(err)
	}
	for limit := 1; limit < 9; limit++ {
		events, _, err := c.gather(&v, trail, reach{never, limit, 1 << 20})
		// As many new messages as go on the page and one, and the old ones
		// that were changed between them.
		if want := 2*limit + 1; err != nil || len(events) != want {
			t.Errorf("up to %d events: %d read, want %d: %v", limit, len(events), want, err)
		}
	}
}
