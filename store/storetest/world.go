package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// world is a few users who do things at random, and all that the log has told
// of it.
type world struct {
	*test
	rand   *rand.Rand
	users  []string
	groups []string
	from   store.Place // the end of the log when the world began
	told   []store.Event
}

func newWorld(t *test, r *rand.Rand, prefix string) *world {
	w := &world{test: t, rand: r, from: t.head().Place}
	for i := range 5 {
		w.users = append(w.users, fmt.Sprintf("%s-%d", prefix, i))
	}
	t.users(w.users...)
	return w
}

func (w *world) user() string { return w.users[w.rand.IntN(len(w.users))] }

// step commits a group of whatever comes.
func (w *world) step() {
	w.Helper()
	group := make([]store.Mutation, 1+w.rand.IntN(8))
	for i := range group {
		group[i] = w.mutation()
	}
	for _, o := range w.commit(group...) {
		w.told = append(w.told, o.Events...)
	}
}

// mutation is one that is often refused, in groups above all.
func (w *world) mutation() store.Mutation {
	group := w.id()
	if len(w.groups) > 0 {
		group = w.groups[w.rand.IntN(len(w.groups))]
	}
	switch n := w.rand.IntN(20); {
	case n == 0:
		names := slices.Clone(w.users)
		w.rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		m := w.createGroup(names[0], names[1:1+w.rand.IntN(len(names))]...)
		w.groups = append(w.groups, m.ID)
		return m
	case n < 5:
		return &store.AddMember{Actor: w.user(), With: group, Username: w.user(), At: w.tick(), Max: 4}
	case n < 8:
		return &store.RemoveMember{With: group, Username: w.user(), At: w.tick()}
	case n < 17:
		return w.message(w.user(), group, fmt.Sprint("message ", w.now))
	}
	return w.message(w.user(), w.user(), fmt.Sprint("message ", w.now))
}

// compare looks at one user and a few places.
func (w *world) compare() {
	w.Helper()
	head := w.head().Place
	for range 4 {
		after := w.from + store.Place(w.rand.Int64N(int64(head-w.from)+1))
		upto := after + store.Place(w.rand.Int64N(int64(head-after)+1))
		w.compareFrom(w.user(), after, upto, 1+w.rand.IntN(4))
	}
}

// compareAll looks at all users and all places.
func (w *world) compareAll() {
	w.Helper()
	head := w.head().Place
	for _, username := range w.users {
		for after := w.from; after <= head; after++ {
			w.compareFrom(username, after, head, 3)
		}
	}
}

func (w *world) compareFrom(username string, after, upto store.Place, step int) {
	w.Helper()
	what := fmt.Sprintf("what %s catches up with from %d to %d in steps of %d", username, after, upto, step)
	w.equal(what, w.replay(username, after, upto, step), w.expected(username, after, upto))
}

// expected is what the log has told, cut to what a user may see now, without
// what has been overtaken by a later joining or leaving, and as it is now.
func (w *world) expected(username string, after, upto store.Place) (events []store.Event) {
	for _, e := range w.told {
		if e.Place <= after || e.Place > upto {
			continue
		}
		r := w.room(idOf(e))
		since, present := r.since[username]
		switch {
		case present && e.Place < since:
		case present && e.Message != nil:
			events = append(events, store.Event{Place: e.Place, Message: e.Message})
		case r.last[key(e)] != e.Place || !present && key(e) != username:
		default:
			events = append(events, r.now(e, present))
		}
	}
	return events
}

func idOf(e store.Event) string {
	if e.Message != nil {
		return e.Message.Conversation
	}
	return e.Conversation.Conversation
}

// key is whose membership an event is about, "" for a creation.
func key(e store.Event) string {
	if e.Message != nil {
		return "a message"
	}
	return e.Conversation.Username
}

// room is a conversation as it is now.
type room struct {
	since map[string]store.Place // of the members: the place of their latest joining
	last  map[string]store.Place // of the last event about somebody's membership
}

// room derives the state of a conversation from what the log has told.
func (w *world) room(id string) *room {
	r := &room{since: map[string]store.Place{}, last: map[string]store.Place{}}
	for _, e := range w.told {
		if idOf(e) != id || e.Conversation == nil {
			continue
		}
		r.last[key(e)] = e.Place
		switch e.Conversation.Change {
		case protocol.Created:
			for _, name := range e.Audience {
				r.since[name] = e.Place
			}
		case protocol.Joined:
			r.since[key(e)] = e.Place
		case protocol.Left:
			delete(r.since, key(e))
		}
	}
	return r
}

// now is an event about a conversation in its present state.
func (r *room) now(e store.Event, present bool) store.Event {
	c := *e.Conversation
	c.MemberCount = 0
	if present {
		c.MemberCount = len(r.since)
	}
	if c.Change == protocol.Created {
		c.Members = nil
		for name := range r.since {
			c.Members = append(c.Members, name)
		}
		slices.Sort(c.Members)
	}
	return store.Event{Place: e.Place, Conversation: &c}
}
