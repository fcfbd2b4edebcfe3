package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/store"
)

var logs = cases{
	{"the log has an epoch and a key that stay, and a place that moves", func(t *test) {
		first := t.head()
		t.equal("place", first.Place, store.Place(0))
		t.equal("size of the key", len(first.CursorKey), 16)
		if first.Epoch == "" {
			t.Fatal("no epoch")
		}
		t.users("ana")
		t.send("ana", "ana", "x")
		second := t.head()
		first.Place = 2
		t.equal("head", second, first)
	}},
	{"trails lead to conversations with events in between, and to no others", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		t.send("ana", "bo", "1")  // 1 and 2
		t.send("ana", "cleo", "") // 3 and 4
		t.send("bo", "cleo", "")  // 5 and 6
		t.send("ana", "bo", "2")  // 7
		for _, c := range []struct {
			username    string
			after, upto store.Place
			want        []store.Place
		}{
			{"ana", 0, 7, []store.Place{1, 3}}, {"ana", 0, 2, []store.Place{1}}, {"ana", 0, 0, nil},
			{"ana", 1, 7, []store.Place{2, 3}}, {"ana", 2, 7, []store.Place{3, 7}}, {"ana", 4, 6, nil},
			{"ana", 4, 7, []store.Place{7}}, {"ana", 7, 7, nil}, {"cleo", 0, 7, []store.Place{3, 5}},
			{"dan", 0, 7, nil}, {"nobody", 0, 7, nil},
		} {
			trails, err := t.Trails(t.Context(), c.username, c.after, c.upto)
			t.is("Trails", err, nil)
			t.equal(fmt.Sprint("events of ", c.username, " from ", c.after, " to ", c.upto), starts(t, c.username, trails, c.upto), c.want)
		}
	}},
	{"who has left finds the event of the leaving, and nothing else", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.sends("ana", id, "1", "2")
		left := t.leave(id, "bo").Events[0]
		t.send("ana", id, "3")
		want := *left.Conversation
		want.MemberCount = 0 // how many there are now is not for bo
		for after := range left.Place {
			events := t.replay("bo", after, t.head().Place, 9)
			t.equal("events", events, []store.Event{{Place: left.Place, Conversation: &want}})
		}
		t.equal("events after it", len(t.replay("bo", left.Place, t.head().Place, 9)), 0)
	}},
	{"who has left is not led to it by catching up that ends before", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.sends("ana", id, "1", "2")
		before, _ := t.Trails(t.Context(), "bo", 1, t.head().Place)
		left := t.leave(id, "bo").Events[0].Place
		t.send("ana", id, "3")
		for upto := range left {
			trails, err := t.Trails(t.Context(), "bo", 0, upto)
			t.is("Trails", err, nil)
			t.equal("number of trails", len(trails), 0)
			events, next, err := t.Follow(t.Context(), "bo", before[0], upto, 9, 1)
			t.is("Follow", err, nil)
			t.equal("number of events", len(events), 0)
			t.leadsOn(next, upto, false)
		}
		events, _, _ := t.Follow(t.Context(), "bo", before[0], left, 9, 1)
		t.equal("number of events", len(events), 1)
	}},
	{"a trail leads on where it was left, also when its user was away in between", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.sends("ana", id, "1", "2", "3")
		trails, _ := t.Trails(t.Context(), "bo", 1, t.head().Place)
		_, trail, err := t.Follow(t.Context(), "bo", trails[0], t.head().Place, 2, plenty)
		t.is("Follow", err, nil)
		t.leave(id, "bo")
		t.send("ana", id, "4")
		t.add("ana", id, "bo")
		t.send("ana", id, "5")
		events, _, err := t.Follow(t.Context(), "bo", trail, t.head().Place, 9, plenty)
		t.is("Follow", err, nil)
		t.equal("number", len(events), 2)
		t.equal("joined", events[0].Conversation.Change, protocol.Joined)
		t.equal("body", events[1].Message.Body, "5")
	}},
	{"a trail leads beyond the end when there is no more, and only then", func(t *test) {
		id := t.mixed()
		all := t.replay("bo", 0, t.head().Place, plenty)
		t.equal("number", len(all), 9)
		trails, _ := t.Trails(t.Context(), "bo", 0, t.head().Place)
		for upto := range t.head().Place + 1 {
			rest := slices.Clone(all)
			rest = slices.DeleteFunc(rest, func(e store.Event) bool { return e.Place > upto })
			for limit := 1; limit <= len(all)+1; limit++ {
				events, next, err := t.Follow(t.Context(), "bo", trails[0], upto, limit, plenty)
				t.is("Follow", err, nil)
				t.equal("events", places(events), places(rest[:min(limit, len(rest))]))
				t.leadsOn(next, upto, limit < len(rest))
			}
		}
		left := t.leave(id, "bo").Events[0].Place
		_, next, err := t.Follow(t.Context(), "bo", trails[0], left, 1, plenty)
		t.is("Follow", err, nil)
		t.leadsOn(next, left, false)
	}},
	{"a page of a trail ends before the message that takes it past its bytes, unless that is the first event", func(t *test) {
		t.mixed()
		upto := t.head().Place
		all := t.replay("bo", 0, upto, plenty)
		trails, _ := t.Trails(t.Context(), "bo", 0, upto)
		for _, limit := range []int{1, 2, 3, plenty} {
			for bytes := 1; bytes <= 100; bytes++ {
				rest, trail := all, trails[0]
				for more := true; more; {
					var events []store.Event
					var err error
					events, trail, err = t.Follow(t.Context(), "bo", trail, upto, limit, bytes)
					t.is("Follow", err, nil)
					n := pageSize(rest, limit, bytes)
					t.equal(fmt.Sprintf("events of at most %d bytes", bytes), events, rest[:n])
					rest = rest[n:]
					more = len(rest) > 0
					t.leadsOn(trail, upto, more)
				}
			}
		}
	}},
	{"few messages are caught up with at once, and nothing else is", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.send("ana", "bo", "") // it opens the conversation, at a place of its own
		after := t.head().Place
		for _, to := range []string{id, "bo", "cleo", id, "bo"} {
			t.send("ana", to, "four")
		}
		upto := t.head().Place // cleo's conversation has taken two
		t.send("ana", id, "later")
		all := t.replay("bo", after, upto, 9)
		t.equal("number", len(all), 4)
		for _, c := range []struct {
			username     string
			after        store.Place
			limit, bytes int
			want         []store.Event
			ok           bool
		}{
			{"bo", after, 4, 16, all, true}, {"bo", after, 3, 16, nil, false}, {"bo", after, 4, 15, nil, false},
			{"bo", after + 1, 3, 12, all[1:], true}, {"bo", upto, 1, 1, nil, true}, {"bo", 0, 9, 99, nil, false},
			{"cleo", after, 9, 99, nil, false}, {"cleo", upto - 2, 9, 99, nil, true},
		} {
			events, ok := t.recent(c.username, c.after, upto, c.limit, c.bytes)
			t.equal("ok", ok, c.ok)
			t.equal("events", events, c.want)
		}
		t.leave(id, "bo")
		_, ok := t.recent("bo", after, t.head().Place, 9, 99)
		t.equal("ok after the leaving", ok, false)
		t.add("ana", id, "bo")
		_, ok = t.recent("bo", after, t.head().Place, 9, 99)
		t.equal("ok after the joining", ok, false)
		back := t.head().Place
		t.send("ana", id, "again")
		events, ok := t.recent("bo", back, t.head().Place, 1, 5)
		t.equal("ok", ok, true)
		t.equal("number", len(events), 1)
	}},
	{"a long conversation is caught up with from any place", func(t *test) {
		t.users("ana", "bo")
		for i := range 20 {
			t.sends("ana", "bo", slices.Repeat([]string{fmt.Sprint(i)}, 20)...)
			t.send("ana", "ana", "in between")
		}
		upto := t.head().Place
		all := t.replay("bo", 0, upto, 50)
		t.equal("number", len(all), 401)
		for i, e := range all {
			trails, err := t.Trails(t.Context(), "bo", e.Place, upto)
			t.is("Trails", err, nil)
			var want []store.Place
			if i+1 < len(all) {
				want = []store.Place{all[i+1].Place}
			}
			t.equal("next", starts(t, "bo", trails, upto), want)
		}
	}},
}

// plenty is a limit that nothing reaches, of events and of bytes.
const plenty = 1 << 20

// mixed is a group that "bo" is in, with nine events of all kinds.
func (t *test) mixed() (id string) {
	t.Helper()
	t.users("ana", "bo", "cleo", "dan")
	id = t.group("ana", "bo") // 1
	say := func(size int) {
		m := t.message("ana", id, strings.Repeat("x", size-5))
		m.Message.Data = jsontext.Value("{   }")
		t.must(m)
	}
	say(40)
	say(10)
	t.add("ana", id, "cleo")
	say(20)
	say(6)
	t.add("ana", id, "dan")
	t.leave(id, "cleo") // overtakes the joining
	say(8)
	t.send("ana", id, "")
	return id
}

// pageSize is how many events make a page.
func pageSize(events []store.Event, limit, bytes int) int {
	all := 0
	for i, e := range events {
		if e.Message != nil {
			all += store.Size(e.Message)
		}
		if i == limit || i > 0 && e.Message != nil && all > bytes {
			return i
		}
	}
	return len(events)
}

// leadsOn makes sure that a trail tells whether there is more.
func (t *test) leadsOn(trail store.Trail, upto store.Place, want bool) {
	t.Helper()
	if more := trail.Next <= upto; more != want {
		t.Fatalf("a trail up to %d leads on to %d: there is more: %v", upto, trail.Next, want)
	}
}

func places(events []store.Event) []store.Place {
	all := []store.Place{}
	for _, e := range events {
		all = append(all, e.Place)
	}
	return all
}

// starts are the places of the first events of trails, sorted.
func starts(t *test, username string, trails []store.Trail, upto store.Place) (places []store.Place) {
	t.Helper()
	for _, trail := range trails {
		events, _, err := t.Follow(t.Context(), username, trail, upto, 1, 1)
		t.is("Follow", err, nil)
		if len(events) != 1 {
			t.Fatalf("a trail of %s leads to %d events", username, len(events))
		}
		if trail.Next > events[0].Place {
			t.Fatalf("a trail begins at %d, after its first event at %d", trail.Next, events[0].Place)
		}
		places = append(places, events[0].Place)
	}
	slices.Sort(places)
	return places
}

// replay is all that a user catches up with, in steps of a size.
func (t *test) replay(username string, after, upto store.Place, step int) (all []store.Event) {
	t.Helper()
	trails, err := t.Trails(t.Context(), username, after, upto)
	t.is("Trails", err, nil)
	for _, trail := range trails {
		for trail.Next <= upto {
			var events []store.Event
			var last = trail.Next
			events, trail, err = t.Follow(t.Context(), username, trail, upto, step, plenty)
			t.is("Follow", err, nil)
			if len(events) == 0 && trail.Next <= upto {
				t.Fatalf("a trail up to %d leads on to %d without an event", upto, trail.Next)
			}
			for _, e := range events {
				if e.Place < last {
					t.Fatalf("a trail at %d leads back to %d", last, e.Place)
				}
				last = e.Place + 1
			}
			all = append(all, events...)
		}
	}
	slices.SortFunc(all, func(a, b store.Event) int { return int(a.Place - b.Place) })
	if events, ok := t.recent(username, after, upto, plenty, plenty); ok {
		t.equal("recent events", events, all)
	}
	return all
}

// recent is all that a user catches up with at once.
func (t *test) recent(username string, after, upto store.Place, limit, bytes int) ([]store.Event, bool) {
	t.Helper()
	events, ok, err := t.Recent(t.Context(), username, after, upto, limit, bytes)
	t.is("Recent", err, nil)
	return events, ok
}
