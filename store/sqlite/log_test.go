package sqlite

import (
	"fmt"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// What counts as a small conversation may differ from one Open to the next.
func TestChangesAreFoundWhateverWasSmall(t *testing.T) {
	dir, group := t.TempDir(), "c:1111111111111111111111"
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"),
		&store.CreateGroup{ID: group, Creator: "ana", Members: []string{"bo", "cleo"}})
	for i, small := range []int{100, 2, 2, 100, 2, 3} {
		s.Close()
		s = open(t, dir, &Options{SmallGroup: small})
		before, _ := s.Head(t.Context())
		if trails, err := s.Trails(t.Context(), "bo", before.Place-1, before.Place); err != nil || len(trails) != 1 {
			t.Fatalf("opening %d: trails %v before: %v", i, trails, err)
		}
		mustCommit(t, s, &store.Append{To: group, Message: protocol.Message{Sender: "ana", Body: fmt.Sprint(i)}})
		trails, err := s.Trails(t.Context(), "bo", before.Place, before.Place+1)
		if err != nil || len(trails) != 1 || trails[0].Next != before.Place+1 || trails[0].Seq != int64(i) {
			t.Fatalf("opening %d: trails %v: %v", i, trails, err)
		}
		if trails, err := s.Trails(t.Context(), "bo", before.Place+1, before.Place+1); err != nil || len(trails) != 0 {
			t.Fatalf("opening %d: trails %v after: %v", i, trails, err)
		}
	}
}

// A conversation that becomes large again leaves no place with its members at
// which it was small.
func TestChangesAreFoundOfAGroupThatShrankAndGrew(t *testing.T) {
	s, group := open(t, t.TempDir(), &Options{SmallGroup: 2}), "c:1111111111111111111111"
	add := &store.AddMember{Actor: "ana", With: group, Username: "cleo", Max: 9}
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"),
		&store.CreateGroup{ID: group, Creator: "ana", Members: []string{"bo", "cleo"}})
	for range 2 {
		mustCommit(t, s, &store.RemoveMember{Actor: "cleo", With: group, Username: "cleo"})
		mustCommit(t, s, add)
		before, _ := s.Head(t.Context())
		mustCommit(t, s, &store.Append{To: group, Message: protocol.Message{Sender: "ana", Body: "x"}})
		for _, name := range []string{"ana", "bo", "cleo"} {
			trails, err := s.Trails(t.Context(), name, before.Place, before.Place+1)
			if err != nil || len(trails) != 1 {
				t.Errorf("trails of %s %v: %v", name, trails, err)
			}
		}
	}
}

// The cost of a search follows how much there is to find.
func TestSearchFromTheEnd(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	group := make([]store.Mutation, 1000)
	for i := range group {
		group[i] = note(fmt.Sprint(i))
	}
	mustCommit(t, s, group...)
	c := <-s.readers.free
	defer func() { s.readers.free <- c }()
	v, err := c.view("ana", "ana")
	if err != nil {
		t.Fatal(err)
	}
	for place := store.Place(0); place <= 1003; place++ {
		seq, at, err := c.firstMessage(&v, place)
		wantSeq, wantPlace := max(int64(place)-1, 1), max(place, 2) // the creation took the first place
		if place > 1001 {
			wantPlace = never
			wantSeq = 1001
		}
		if err != nil || seq != wantSeq || at != wantPlace {
			t.Fatalf("from place %d: message %d at %d, want %d at %d: %v", place, seq, at, wantSeq, wantPlace, err)
		}
	}
}

// The cost of a page follows its bounds, not what comes after.
func TestPageOfTrailReadsOneMessageMore(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	for i := range 9 {
		mustCommit(t, s, note(fmt.Sprint("note ", i)))
	}
	c := <-s.readers.free
	defer func() { s.readers.free <- c }()
	v, err := c.view("ana", "ana")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ limit, bytes, want int }{{100, 1, 2}, {100, 6, 2}, {100, 12, 3}, {2, 100, 3}, {100, 100, 9}} {
		messages, _, err := c.messages(&v, reach{never, test.limit, test.bytes}, messagesUp, v.key, 1, v.lastSeq)
		if err != nil || len(messages) != test.want {
			t.Errorf("up to %d events and %d bytes: %d messages read, want %d: %v", test.limit, test.bytes, len(messages), test.want, err)
		}
	}
}
