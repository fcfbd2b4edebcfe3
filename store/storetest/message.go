package storetest

import (
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/store"
)

var messages = cases{
	{"a message is numbered and read as it was sent", func(t *test) {
		t.users("ana", "bo")
		t.send("bo", "ana", "first")
		m := t.message("ana", "bo", "hello\x00\u2028 <b>\U0001F600")
		m.Message.ClientID, m.Key, m.Content = "id", store.ClientKey{1}, store.ContentHash{2}
		m.Message.ReplyTo, m.Message.Mentions = 1, []string{"bo", "ana"}
		m.Message.Data = jsontext.Value(`{"a": [1, "b"]}`)
		o := t.must(m)
		id := t.conversation("ana", "bo").ID
		want := m.Message
		want.Conversation, want.Seq, want.Rev = id, 2, 1
		t.equal("value", o.Value, any(protocol.SendResult{Conversation: id, Seq: 2, At: want.At}))
		t.equal("event", *o.Events[0].Message, want)
		t.equal("history", t.history("bo", "ana", everything).Messages[1], want)
	}},
	{"a message may be empty but for its body, and its body too", func(t *test) {
		t.users("ana")
		t.send("ana", "ana", "")
		t.equal("bodies", t.bodies("ana", "ana"), []string{""})
		m := t.history("ana", "ana", everything).Messages[0]
		if m.Mentions != nil || m.Data != nil {
			t.Fatalf("%+v", m)
		}
	}},
	{"the mutation of a message is not changed", func(t *test) {
		t.users("ana")
		m := t.message("ana", "ana", "x")
		before := *m
		t.must(m)
		t.equal("mutation", *m, before)
	}},
	{"the first message to a user opens the direct conversation, for both", func(t *test) {
		t.users("ana", "bo")
		m := t.message("bo", "ana", "hello")
		o := t.must(m)
		t.equal("created", o.Events[0], store.Event{Place: 1, Audience: []string{"ana", "bo"}, Conversation: &protocol.ConversationEvent{
			Conversation: m.NewID, Change: protocol.Created, Kind: protocol.Direct, Members: []string{"ana", "bo"}, MemberCount: 2,
		}})
		t.equal("audience", o.Events[1].Audience, []string{"ana", "bo"})
		want := protocol.Conversation{
			ID: m.NewID, Kind: protocol.Direct, With: "bo", Role: protocol.Plain, MemberCount: 2,
			Members: []string{"ana", "bo"}, LastMessage: o.Events[1].Message, LastSeq: 1, Unread: 1,
			State: protocol.Opened, CreatedAt: m.Message.At, JoinedAt: m.Message.At,
		}
		t.equal("ana's by name", t.conversation("ana", "bo"), want)
		t.equal("ana's by id", t.conversation("ana", m.NewID), want)
		want.With, want.ReadSeq, want.Unread = "ana", 1, 0
		t.equal("bo's by name", t.conversation("bo", "ana"), want)
	}},
	{"two users have one direct conversation", func(t *test) {
		t.users("ana", "bo")
		first := t.send("ana", "bo", "one")
		second := t.must(t.message("bo", "ana", "two"))
		t.equal("value", second.Value, any(protocol.SendResult{Conversation: first.Conversation, Seq: 2, At: t.now}))
		t.equal("events", len(second.Events), 1)
		t.equal("by id", t.send("bo", first.Conversation, "three").Seq, int64(3))
	}},
	{"notes to oneself are a conversation of one", func(t *test) {
		t.users("ana", "bo")
		t.send("ana", "bo", "another")
		o := t.must(t.message("ana", "ana", "note"))
		t.equal("audience", o.Events[1].Audience, []string{"ana"})
		c := t.conversation("ana", "ana")
		t.equal("with, members", append([]string{c.With}, c.Members...), []string{"ana", "ana"})
		t.equal("bodies", t.bodies("ana", "ana"), []string{"note"})
	}},
	{"a message to who is not there is refused, and opens nothing", func(t *test) {
		t.users("ana", "bo", "cleo")
		group, direct := t.group("bo"), t.send("bo", "cleo", "x").Conversation
		t.refuse(t.message("ana", "nobody", "x"), store.ErrNoUser)
		t.refuse(t.message("ana", t.id(), "x"), store.ErrNotFound)
		t.refuse(t.message("ana", group, "x"), store.ErrNotFound)
		t.refuse(t.message("ana", direct, "x"), store.ErrNotFound)
		_, err := t.Conversation(t.Context(), "ana", "nobody")
		t.is("Conversation", err, store.ErrNotFound)
	}},
	{"a message replies to one that its sender can see", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.sends("ana", id, "one", "two")
		t.add("ana", id, "cleo")
		t.send("ana", id, "three")
		reply := func(sender, to string, seq int64) *store.Append {
			m := t.message(sender, to, "reply")
			m.Message.ReplyTo = seq
			return m
		}
		t.refuse(reply("ana", id, 4), store.ErrNoReply)
		t.refuse(reply("cleo", id, 1), store.ErrNoReply)
		t.refuse(reply("cleo", id, 2), store.ErrNoReply)
		t.refuse(reply("ana", "bo", 1), store.ErrNoReply)
		t.must(reply("cleo", id, 3))
		t.must(reply("ana", id, 1))
		_, err := t.Conversation(t.Context(), "ana", "bo")
		t.is("Conversation", err, store.ErrNotFound)
	}},
	{"the numbers of a conversation have no hole, whatever else goes on", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		for i := range 10 {
			outcomes := t.commit(
				t.message("ana", id, "x"), t.message("cleo", id, "refused"), t.message("ana", "bo", "y"),
				t.message("bo", id, "x"), t.message("bo", "ana", "y"),
			)
			for j, k := range []int64{0: 1, 3: 2} {
				if k != 0 {
					t.equal("group seq", outcomes[j].Value.(protocol.SendResult).Seq, int64(2*i)+k)
				}
			}
			t.equal("direct seq", outcomes[4].Value.(protocol.SendResult).Seq, int64(2*i+2))
		}
		t.contiguous(id, 20)
	}},
}
