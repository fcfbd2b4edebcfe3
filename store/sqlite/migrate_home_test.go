package sqlite

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/store"
)

// checkOldHome looks at the lists of conversations. The order is that of
// messages and own joinings, whoever has come and gone since. Who has joined
// behind the last message sees none, and no marker.
func checkOldHome(t *testing.T, s *Store) {
	t.Helper()
	type row struct {
		ID       string
		Activity store.Place
		Role     protocol.Role
		ReadSeq  int64
	}
	for viewer, want := range map[string][]row{
		"ana":  {{oldLarge, 97, protocol.Owner, 14}, {oldGroup, 83, protocol.Owner, 40}, {oldDirect, 43, protocol.Plain, 40}},
		"bo":   {{oldLarge, 100, protocol.Plain, 14}, {oldGroup, 83, protocol.Plain, 40}, {oldDirect, 43, protocol.Plain, 40}},
		"dan":  {{oldGroup, 98, protocol.Plain, 40}},
		"cleo": nil,
	} {
		home, err := s.Home(t.Context(), viewer, store.HomePage{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		for _, item := range home.Items {
			c := item.Conversation
			got = append(got, row{c.ID, item.Activity, c.Role, c.ReadSeq})
			if c.Unread != 0 || c.Mentions != 0 || c.State != protocol.Opened || c.Muted || c.Pinned || c.History {
				t.Errorf("%s sees %+v", viewer, c)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("home of %s (-want +got):\n%s", viewer, diff)
		}
	}
}

// checkOldEvents looks at what is found from each cursor that was given out.
func checkOldEvents(t *testing.T, s *Store) {
	t.Helper()
	for viewer, places := range map[string][]store.Place{
		"ana":  upTo(1, 100),
		"bo":   slices.Concat(upTo(1, 2), upTo(4, 83), upTo(98, 100)),
		"dan":  {98, 99},
		"cleo": {99},
	} {
		for after := range store.Place(101) {
			from, found := slices.BinarySearch(places, after)
			if found {
				from++
			}
			if got := placesAfter(t, s, viewer, after); !slices.Equal(got, places[from:]) {
				t.Fatalf("%s finds %v after %d, want %v", viewer, got, after, places[from:])
			}
			checkChangedSince(t, s, viewer, after)
		}
	}
}

func upTo(first, last store.Place) (places []store.Place) {
	for p := first; p <= last; p++ {
		places = append(places, p)
	}
	return places
}

func placesAfter(t *testing.T, s *Store, viewer string, after store.Place) []store.Place {
	t.Helper()
	trails, err := s.Trails(t.Context(), viewer, after, 100)
	if err != nil {
		t.Fatal(err)
	}
	places := []store.Place{}
	for _, trail := range trails {
		for trail.Next <= 100 {
			var events []store.Event
			if events, trail, err = s.Follow(t.Context(), viewer, trail, 100, 100, 1<<30); err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				places = append(places, e.Place)
			}
		}
	}
	slices.Sort(places)
	return places
}

// checkChangedSince compares what home calls changed with what the log leads to.
func checkChangedSince(t *testing.T, s *Store, viewer string, after store.Place) {
	t.Helper()
	trails, err := s.Trails(t.Context(), viewer, after, 100)
	if err != nil {
		t.Fatal(err)
	}
	home, err := s.Home(t.Context(), viewer, store.HomePage{Changed: true, Since: after, Limit: 10})
	if err != nil || len(home.Items) != len(trails) {
		t.Fatalf("since %d there are %d changes for %s, and %d trails: %v", after, len(home.Items), viewer, len(trails), err)
	}
}

func TestOldDatabaseIsBroughtUpToDate(t *testing.T) {
	dir := t.TempDir()
	oldDatabase(t, dir)
	s := open(t, dir, nil)
	checkOld(t, s)
	s.Close()
	s = open(t, dir, nil)
	checkOld(t, s)
	retry := &store.Append{To: "bo", Key: store.ClientKey{'o', 'l', 'd'}, Message: protocol.Message{Sender: "ana", ClientID: "old"}}
	if o := mustCommit(t, s, retry)[0]; !o.Value.(protocol.SendResult).Duplicate {
		t.Errorf("a retry: %+v", o.Value)
	}
	// What was there is read, and what comes now is not.
	mustCommit(t, s, &store.Append{To: "bo", Message: protocol.Message{Sender: "ana", Body: "new"}})
	for viewer, unread := range map[string]int64{"ana": 0, "bo": 1} {
		if c, err := s.Conversation(t.Context(), viewer, oldDirect); err != nil || c.Unread != unread || c.LastSeq != 41 {
			t.Errorf("%s sees %+v: %v", viewer, c, err)
		}
	}
}
