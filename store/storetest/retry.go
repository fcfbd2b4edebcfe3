package storetest

import (
	"asappchat/protocol"
	"asappchat/store"
)

// keyed is a message with a client id, of a content that is told by a number.
func (t *test) keyed(sender, to, clientID string, content byte) *store.Append {
	m := t.message(sender, to, string('a'+rune(content)))
	m.Message.ClientID = clientID
	copy(m.Key[:], clientID)
	m.Content[0] = content
	return m
}

// repeat makes sure that a message is known to have been sent.
func (t *test) repeat(m *store.Append, first protocol.SendResult) {
	t.Helper()
	before := t.head().Place
	o := t.must(m)
	first.Duplicate = true
	t.equal("value of a retry", o.Value, any(first))
	t.equal("events of a retry", len(o.Events), 0)
	t.equal("place after a retry", t.head().Place, before)
}

func (t *test) first(m *store.Append) protocol.SendResult {
	t.Helper()
	r := t.must(m).Value.(protocol.SendResult)
	t.equal("duplicate", r.Duplicate, false)
	return r
}

var retries = cases{
	{"a message that is sent again is one message, for ever", func(t *test) {
		t.users("ana", "bo")
		first := t.first(t.keyed("ana", "bo", "k", 1))
		t.repeat(t.keyed("ana", "bo", "k", 1), first)
		t.sends("bo", "ana", "x", "y", "z")
		t.repeat(t.keyed("ana", "bo", "k", 1), first)
		t.equal("bodies", t.bodies("ana", "bo"), []string{"b", "x", "y", "z"})
	}},
	{"a message that is twice in a group is one message", func(t *test) {
		t.users("ana", "bo")
		outcomes := t.commit(t.keyed("ana", "bo", "k", 1), t.keyed("ana", "bo", "k", 1), t.keyed("ana", "bo", "k", 2))
		first := outcomes[0].Value.(protocol.SendResult)
		first.Duplicate = true
		t.equal("second", outcomes[1].Value, any(first))
		t.is("third", outcomes[2].Err, store.ErrConflict)
		t.equal("bodies", t.bodies("ana", "bo"), []string{"b"})
	}},
	{"a client id with other content is a conflict", func(t *test) {
		t.users("ana", "bo")
		first := t.first(t.keyed("ana", "bo", "k", 1))
		t.refuse(t.keyed("ana", "bo", "k", 2), store.ErrConflict)
		t.repeat(t.keyed("ana", "bo", "k", 1), first)
	}},
	{"a client id in another conversation is a conflict, and opens none", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		t.send("ana", "cleo", "x")
		first := t.first(t.keyed("ana", "bo", "k", 1))
		for _, to := range []string{"cleo", "dan", "ana", "nobody", t.id(), t.group("ana")} {
			t.refuse(t.keyed("ana", to, "k", 1), store.ErrConflict)
		}
		_, err := t.Conversation(t.Context(), "ana", "dan")
		t.is("Conversation", err, store.ErrNotFound)
		t.repeat(t.keyed("ana", "bo", "k", 1), first)
	}},
	{"a username and an id of one conversation are the same", func(t *test) {
		t.users("ana", "bo")
		first := t.first(t.keyed("ana", "bo", "k", 1))
		t.repeat(t.keyed("ana", first.Conversation, "k", 1), first)
		second := t.first(t.keyed("ana", first.Conversation, "l", 1))
		t.repeat(t.keyed("ana", "bo", "l", 1), second)
	}},
	{"a client id is its sender's own", func(t *test) {
		t.users("ana", "bo")
		t.first(t.keyed("ana", "bo", "k", 1))
		t.equal("seq", t.first(t.keyed("bo", "ana", "k", 1)).Seq, int64(2))
	}},
	{"messages without a client id are never the same", func(t *test) {
		t.users("ana", "bo")
		t.first(t.message("ana", "bo", "x"))
		t.equal("seq", t.first(t.message("ana", "bo", "x")).Seq, int64(2))
	}},
	{"a retry is judged before all else: its sender may have left", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		first := t.first(t.keyed("bo", id, "k", 1))
		t.leave(id, "bo")
		t.repeat(t.keyed("bo", id, "k", 1), first)
		t.refuse(t.keyed("bo", id, "k", 2), store.ErrConflict)
		t.refuse(t.keyed("bo", id, "l", 1), store.ErrNotFound)
		t.add("ana", id, "bo")
		t.repeat(t.keyed("bo", id, "k", 1), first)
	}},
	{"a retry is judged before all else: what it replied to may be out of sight", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.send("ana", id, "x")
		m := t.keyed("bo", id, "k", 1)
		m.Message.ReplyTo = 1
		first := t.first(m)
		t.leave(id, "bo")
		t.add("ana", id, "bo")
		t.repeat(m, first)
	}},
	{"a client id of a refused message is still free", func(t *test) {
		t.users("ana", "bo")
		id := t.group("bo")
		t.refuse(t.keyed("ana", id, "k", 1), store.ErrNotFound)
		t.refuse(t.keyed("ana", "nobody", "k", 1), store.ErrNoUser)
		t.first(t.keyed("ana", "bo", "k", 1))
	}},
}
