package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/model"
)

// program is groups of mutations, to be committed one after another.
type program [][]choice

// choice is a mutation, told by numbers that mean something only together
// with what there is when it is made. So every program can be run, also after
// something has been taken out of it.
type choice struct{ What, Who, Whom, Where, N uint8 }

// drawn makes programs for package rapid, which looks for a short one that
// fails.
func drawn(t *rapid.T) program {
	one := rapid.Custom(func(t *rapid.T) choice {
		b := rapid.SliceOfN(rapid.Uint8(), 5, 5).Draw(t, "numbers")
		return choice{b[0], b[1], b[2], b[3], b[4]}
	})
	return rapid.SliceOfN(rapid.SliceOfN(one, 1, 6), 1, 16).Draw(t, "program")
}

// seeded is always the same program for a seed.
func seeded(seed uint64, groups int) program {
	r := rand.New(rand.NewPCG(seed, 1))
	p := make(program, groups)
	for i := range p {
		for range 1 + r.IntN(8) {
			n := r.Uint64()
			p[i] = append(p[i], choice{uint8(n), uint8(n >> 8), uint8(n >> 16), uint8(n >> 24), uint8(n >> 32)})
		}
	}
	return p
}

// twins are a store and the plain model, to which the same is done.
type twins struct {
	*test
	model *model.Model
	from  store.Place // the end of the log when they began
	users []string
	rooms []string        // the ids of conversations that were opened
	keyed []*store.Append // the messages with client ids
}

// newTwins begins with a few users of its own, of whom one does not say how far
// they read.
func newTwins(t *test) *twins {
	t.Helper()
	place := t.head().Place
	w := &twins{test: t, model: model.New(place), from: place}
	for _, name := range []string{"ana", "bo", "cleo", "dan", "eve"} {
		name += fmt.Sprint("-", t.ids)
		w.users = append(w.users, name)
		w.apply(&store.CreateUser{User: protocol.User{Username: name}, At: t.tick()})
	}
	w.apply(&store.SetPrivacy{Username: w.users[3], Receipts: new(false)})
	return w
}

// play commits a group of choices, and holds what becomes of it against the
// model.
func (w *twins) play(choices []choice) {
	w.Helper()
	group := make([]store.Mutation, len(choices))
	for i, c := range choices {
		group[i] = w.mutation(c)
		w.Log(describe(group[i]))
	}
	w.apply(group...)
}

// describe is a mutation without what is empty in it.
func describe(m store.Mutation) string {
	fields, err := json.Marshal(m, json.OmitZeroStructFields(true))
	if err != nil {
		return fmt.Sprintf("%T: %v", m, err)
	}
	return fmt.Sprintf("%T%s", m, fields)
}

func (w *twins) apply(group ...store.Mutation) {
	w.Helper()
	for i, got := range w.commit(group...) {
		want := w.model.Apply(group[i])
		if (want.Err == nil) != (got.Err == nil) || !errors.Is(want.Err, sentinel(got.Err)) {
			w.Fatalf("%T: error %v, want %v", group[i], got.Err, want.Err)
		}
		w.equal(fmt.Sprintf("value of %T", group[i]), got.Value, want.Value)
		w.equal(fmt.Sprintf("events of %T", group[i]), got.Events, want.Events)
		for _, e := range got.Events {
			if c := e.Conversation; c != nil && c.Change == protocol.Created {
				w.rooms = append(w.rooms, c.Conversation)
			}
		}
	}
	w.equal("head", w.head().Place, w.model.Place())
}

// sentinel is which of the errors of a mutation it is.
func sentinel(err error) error {
	for _, s := range []error{
		store.ErrNotFound, store.ErrNoUser, store.ErrExists, store.ErrConflict, store.ErrForbidden, store.ErrNoMessage,
		store.ErrNotAccepting, store.ErrClosed, store.ErrNoReply, store.ErrTooMany,
	} {
		if errors.Is(err, s) {
			return s
		}
	}
	return err
}

// mutation is one that is often refused, in groups above all. What comes first
// is what rapid draws most.
func (w *twins) mutation(c choice) store.Mutation {
	who, whom, where := pick(w.users, c.Who), pick(w.users, c.Whom), w.where(c)
	seq, yes := int64(1+c.N%10), c.N%2 == 0
	switch n := c.What % 64; {
	case n < 14:
		return w.message(who, where, fmt.Sprint("message ", c.N))
	case n < 18:
		m := w.message(who, where, "a reply that mentions")
		m.Message.ReplyTo, m.Message.Mentions = int64(c.N%4), slices.Compact([]string{whom, pick(w.users, c.N)})
		return m
	case n < 22:
		return w.retry(who, where, c.N)
	case n < 26:
		return &store.Edit{Actor: who, With: where, Seq: seq, Body: fmt.Sprint("edited ", c.Whom%2), At: w.tick()}
	case n < 30:
		return &store.Delete{Actor: who, With: where, Seq: seq}
	case n < 35:
		emoji := pick([]string{"👍", "a", "é"}, c.Whom)
		return &store.React{Actor: who, With: where, Seq: seq, Emoji: emoji, Remove: c.Whom > 180, Max: 2}
	case n < 40:
		return &store.MarkRead{Username: who, With: where, Seq: seq}
	case n < 42:
		return w.preferences(who, where, c.N)
	case n < 45:
		return w.opening(who, c)
	case n < 49:
		return &store.AddMember{Actor: who, With: where, Username: whom, At: w.tick(), Max: 4}
	case n < 52:
		return &store.RemoveMember{Actor: who, With: where, Username: who, At: w.tick()}
	case n < 54:
		return &store.RemoveMember{Actor: who, With: where, Username: whom, At: w.tick()}
	case n < 55:
		return &store.Rename{Actor: who, With: where, Name: fmt.Sprint("name ", c.N%3)}
	case n < 58:
		role := pick([]protocol.Role{protocol.Admin, protocol.Plain, protocol.Owner}, c.N)
		return &store.SetRole{Actor: who, With: where, Username: whom, Role: role}
	case n < 60:
		return &store.SetState{Actor: who, With: where, State: pick([]protocol.State{protocol.Opened, protocol.Closed}, c.N)}
	case n < 61:
		return &store.SetProfile{Username: who, DisplayName: new(fmt.Sprint("name ", c.N%3)), Status: new(whom)}
	case n < 62:
		contact := []protocol.Contact{protocol.ContactEverybody, protocol.ContactShared, protocol.ContactEverybody, protocol.ContactNobody}
		return &store.SetPrivacy{Username: who, Contact: pick(contact, c.N), Presence: &yes}
	}
	return &store.Block{Username: who, Other: whom, Remove: c.N > 64, Max: 2}
}

func pick[T any](from []T, n uint8) T { return from[int(n)%len(from)] }

// where is a conversation by its id or by a peer, or one that does not exist.
func (w *twins) where(c choice) string {
	if n := int(c.Where) % (len(w.rooms) + 2); n < len(w.rooms) {
		return w.rooms[n]
	}
	if c.N == 255 {
		return w.id()
	}
	return pick(w.users, c.Where/16)
}

// retry is a message with a client id, which may have been used before.
func (w *twins) retry(sender, to string, n uint8) store.Mutation {
	if len(w.keyed) > 0 && n%3 > 0 {
		again := *pick(w.keyed, n)
		if n%7 == 0 {
			again.Content[0]++
		}
		return &again
	}
	m := w.test.keyed(sender, to, fmt.Sprint("id ", n%8), n)
	w.keyed = append(w.keyed, m)
	return m
}

func (w *twins) preferences(username, with string, n uint8) store.Mutation {
	m := &store.SetPreferences{Username: username, With: with}
	if n%4 != 1 {
		m.Muted = new(n%8 < 4)
	}
	if n%4 != 2 {
		m.Pinned = new(n%16 < 8)
	}
	return m
}

// opening opens a group with some of the others.
func (w *twins) opening(creator string, c choice) store.Mutation {
	var others []string
	for i, name := range w.users {
		if name != creator && c.Whom>>i&1 == 0 {
			others = append(others, name)
		}
	}
	m := w.createGroup(creator, others...)
	m.History = c.N%2 == 1
	return m
}
