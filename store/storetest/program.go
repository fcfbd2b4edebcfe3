package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/chance"
	"asappchat/store/storetest/model"
)

// choice is a mutation, or some of them; those of a program's group are
// committed one after another.
type choice = chance.Choice

// twins are a store and the plain model, to which the same is done.
type twins struct {
	*test
	model *model.Model
	from  store.Place // the end of the log when they began
	users []string
	rooms []string // the ids of conversations that were opened
	// groups are those of them that are groups.
	groups []string
	keyed  []*store.Append // the messages with client ids

	logged bool // what is done is logged, since the program is short
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
		if w.logged {
			w.Log(describe(group[i]))
		}
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
				w.opened(c)
			}
		}
	}
	w.equal("head", w.head().Place, w.model.Place())
}

func (w *twins) opened(c *protocol.ConversationEvent) {
	w.rooms = append(w.rooms, c.Conversation)
	if c.Kind == protocol.Group {
		w.groups = append(w.groups, c.Conversation)
	}
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

// mutation is one that may be refused. What comes first is what rapid draws
// most.
func (w *twins) mutation(c choice) store.Mutation {
	n := c.What % 64
	if n >= 42 {
		return w.govern(n-42, c)
	}
	where := w.where(c)
	who, seen := w.member(c.Who, where, c.N == 77)
	whom := pick(w.users, c.Whom)
	seq := max(1, seen.LastSeq+1-int64(c.N%8))
	switch {
	case n < 14:
		return w.message(who, where, fmt.Sprint("message ", c.N))
	case n < 18:
		m := w.message(who, where, "a reply that mentions")
		m.Message.ReplyTo, m.Message.Mentions = int64(c.N%4), slices.Compact([]string{whom, pick(w.users, c.N)})
		return m
	case n < 21:
		return w.retry(who, where, c.N)
	case n < 25:
		return &store.Edit{Actor: w.sender(who, where, seq, c), With: where, Seq: seq, Body: fmt.Sprint("edited ", c.Whom%2), At: w.tick()}
	case n < 28:
		return &store.Delete{Actor: w.sender(who, where, seq, c), With: where, Seq: seq}
	case n < 34:
		emoji := pick([]string{"👍", "a", "é"}, c.Whom)
		return &store.React{Actor: who, With: where, Seq: seq, Emoji: emoji, Remove: c.Whom > 180, Max: 2}
	case n < 40:
		return &store.MarkRead{Username: who, With: where, Seq: seq + 1}
	}
	return w.preferences(who, where, c.N)
}

// govern is a mutation of a group, or of what a user lets others do.
func (w *twins) govern(n uint8, c choice) store.Mutation {
	where := w.where(c)
	if len(w.groups) > 0 && c.Where < 240 {
		where = pick(w.groups, c.Where)
	}
	plain, _ := w.member(c.Who, where, false)
	chief, seen := w.member(c.Who, where, true)
	other, somebody := pick(append(seen.Members, "nobody"), c.Whom), pick(w.users, c.Whom)
	switch {
	case n < 3 && len(w.groups) < 4:
		return w.opening(plain, c)
	case n < 7:
		return &store.AddMember{Actor: plain, With: where, Username: somebody, At: w.tick(), Max: 4}
	case n < 9:
		return &store.RemoveMember{Actor: plain, With: where, Username: plain, At: w.tick()}
	case n < 11:
		return &store.RemoveMember{Actor: chief, With: where, Username: other, At: w.tick()}
	case n < 13:
		return &store.Rename{Actor: chief, With: where, Name: fmt.Sprint("name ", c.N%3)}
	case n < 16:
		role := pick([]protocol.Role{protocol.Admin, protocol.Plain, protocol.Admin, protocol.Owner}, c.N)
		return &store.SetRole{Actor: chief, With: where, Username: other, Role: role}
	case n < 18:
		state := pick([]protocol.State{protocol.Opened, protocol.Opened, protocol.Closed}, c.N)
		return &store.SetState{Actor: chief, With: where, State: state}
	case n < 19:
		return &store.SetProfile{Username: plain, DisplayName: new(fmt.Sprint("name ", c.N%3)), Status: new(somebody)}
	case n < 20:
		contact := []protocol.Contact{protocol.ContactEverybody, protocol.ContactShared, protocol.ContactEverybody, protocol.ContactNobody}
		return &store.SetPrivacy{Username: plain, Contact: pick(contact, c.N), Presence: new(c.N%2 == 0)}
	}
	return &store.Block{Username: plain, Other: somebody, Remove: c.N > 64, Max: 2}
}

// member is who does something in a conversation, mostly a member, or with chief
// one who is more than that; and what they see of it.
func (w *twins) member(n uint8, where string, chief bool) (string, protocol.Conversation) {
	for i := range w.users {
		name := w.users[(int(n)+i)%len(w.users)]
		seen, err := w.model.Conversation(name, where)
		if err == nil && n < 248 && (!chief || seen.Role != protocol.Plain) {
			return name, seen
		}
	}
	return pick(w.users, n), protocol.Conversation{}
}

// sender is who has sent a message, or with some numbers another.
func (w *twins) sender(other, where string, seq int64, c choice) string {
	h, _ := w.model.History(other, where, store.Page{From: seq, To: seq, Limit: 1, Bytes: 1})
	if c.Whom < 64 || len(h.Messages) == 0 {
		return other
	}
	return h.Messages[0].Sender
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
