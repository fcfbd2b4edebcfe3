package storetest

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/store"
)

func (t *test) editing(actor, with string, seq int64, body string) *store.Edit {
	return &store.Edit{Actor: actor, With: with, Seq: seq, Body: body, At: t.tick()}
}

// reacting is with an emoji of which a message may have three.
func reacting(actor, with string, seq int64, emoji string) *store.React {
	return &store.React{Actor: actor, With: with, Seq: seq, Emoji: emoji, Max: 3}
}

// changed makes one change of a message, and makes sure that the value, the
// event and the history have the same message.
func (t *test) changed(m store.Mutation) protocol.Message {
	t.Helper()
	place, gone := t.head().Place, t.takenOut(m)
	o := t.must(m)
	msg := o.Value.(protocol.Message)
	t.equal("gone", o.Gone, gone)
	if len(o.Events) != 1 {
		t.Fatalf("%T: %d events", m, len(o.Events))
	}
	t.equal("event", o.Events[0], store.Event{Place: place + 1, Audience: o.Events[0].Audience, Message: &msg, Updated: true})
	t.equal("in history", t.at(msg), msg)
	return msg
}

// takenOut is how many bytes a change is about to take out.
func (t *test) takenOut(m store.Mutation) int {
	t.Helper()
	switch m := m.(type) {
	case *store.Edit:
		return len(t.seen(m.Actor, m.With, m.Seq).Body)
	case *store.Delete:
		return len(t.seen(m.Actor, m.With, m.Seq).Body)
	}
	return 0
}

// at is the present version of a message, as its sender sees it.
func (t *test) at(m protocol.Message) protocol.Message {
	t.Helper()
	return t.seen(m.Sender, m.Conversation, m.Seq)
}

// seen is the present version of a message, as somebody sees it.
func (t *test) seen(viewer, with string, seq int64) protocol.Message {
	t.Helper()
	return t.history(viewer, with, store.Page{From: seq, To: seq, Limit: 1, Bytes: plenty}).Messages[0]
}

// unchanged applies a mutation that changes nothing, and returns its value.
func (t *test) unchanged(m store.Mutation) any {
	t.Helper()
	place := t.head().Place
	o := t.must(m)
	t.equal("events of what changes nothing", len(o.Events), 0)
	t.equal("gone by what changes nothing", o.Gone, 0)
	t.equal("place after what changes nothing", t.head().Place, place)
	return o.Value
}

// rich is a sent message with all that it may have.
func (t *test) rich(sender, to string) protocol.Message {
	t.Helper()
	t.send(sender, to, "before")
	m := t.keyed(sender, to, "key", 1)
	m.Message.ReplyTo, m.Message.Mentions, m.Message.Data = 1, []string{"bo"}, jsontext.Value(`{"a":1}`)
	return *t.must(m).Events[0].Message
}

var changes = cases{
	{"an edit replaces the body, counts the version, says when, and keeps the rest", func(t *test) {
		t.users("ana", "bo")
		want := t.rich("ana", "bo")
		got := t.changed(t.editing("ana", "bo", 2, "other"))
		want.Body, want.Rev, want.EditedAt = "other", 2, t.now
		t.equal("message", got, want)
		t.changed(t.editing("ana", want.Conversation, 2, ""))
		t.equal("version", t.at(want).Rev, int64(3))
	}},
	{"an edit that says the same changes nothing", func(t *test) {
		t.users("ana", "bo")
		m := t.rich("ana", "bo")
		t.equal("value", t.unchanged(t.editing("ana", "bo", 2, m.Body)), any(m))
		t.equal("message", t.at(m), m)
	}},
	{"a message is edited by its sender alone", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.sends("bo", id, "1", "2")
		t.add("ana", id, "cleo")
		t.refuse(t.editing("ana", id, 1, "x"), store.ErrForbidden)
		t.refuse(t.editing("cleo", id, 1, "x"), store.ErrNoMessage)
		t.refuse(t.editing("bo", id, 3, "x"), store.ErrNoMessage)
		t.refuse(t.editing("bo", id, 0, "x"), store.ErrNoMessage)
		t.refuse(t.editing("dan", id, 1, "x"), store.ErrNotFound)
		t.refuse(t.editing("bo", "ana", 1, "x"), store.ErrNotFound)
		t.leave(id, "bo")
		t.refuse(t.editing("bo", id, 1, "x"), store.ErrNotFound)
		t.add("ana", id, "bo")
		t.refuse(t.editing("bo", id, 1, "x"), store.ErrNoMessage)
		t.equal("bodies", t.bodies("ana", id), []string{"1", "2"})
	}},
	{"a deletion leaves where, when and by whom a message was sent", func(t *test) {
		t.users("ana", "bo")
		m := t.rich("ana", "bo")
		t.must(reacting("bo", "ana", 2, "a"))
		t.must(t.editing("ana", "bo", 2, "other"))
		got := t.changed(&store.Delete{Actor: "ana", With: "bo", Seq: 2})
		want := protocol.Message{Conversation: m.Conversation, Seq: 2, Rev: 4, Sender: "ana", At: m.At, Deleted: true}
		t.equal("message", got, want)
		t.equal("last message", t.conversation("bo", "ana").LastMessage, &want)
		t.equal("value of a deletion again", t.unchanged(&store.Delete{Actor: "ana", With: "bo", Seq: 2}), any(want))
	}},
	{"a tombstone is not edited nor reacted to, and a retry finds it", func(t *test) {
		t.users("ana", "bo")
		first := t.first(t.keyed("ana", "bo", "k", 1))
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 1})
		t.refuse(t.editing("ana", "bo", 1, "x"), store.ErrNoMessage)
		t.refuse(t.editing("ana", "bo", 1, ""), store.ErrNoMessage)
		t.refuse(reacting("bo", "ana", 1, "a"), store.ErrNoMessage)
		t.repeat(t.keyed("ana", "bo", "k", 1), first)
		t.equal("seq of the next", t.send("bo", "ana", "x").Seq, int64(2))
	}},
	{"a message is deleted by its sender, and in a group by its owner and admins", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		id := t.group("ana", "bo", "cleo", "dan")
		t.must(&store.SetRole{Actor: "ana", With: id, Username: "bo", Role: protocol.Admin})
		for _, sender := range []string{"ana", "bo", "cleo"} {
			t.sends(sender, id, "for ana", "for bo", "for cleo", "for dan")
		}
		may := map[string][]int64{"ana": {1, 5, 9}, "bo": {2, 6, 10}, "cleo": {11}, "dan": {}}
		for i, actor := range []string{"ana", "bo", "cleo", "dan"} {
			for _, seq := range []int64{int64(i) + 1, int64(i) + 5, int64(i) + 9} {
				m := &store.Delete{Actor: actor, With: id, Seq: seq}
				if slices.Contains(may[actor], seq) {
					t.changed(m)
				} else {
					t.refuse(m, store.ErrForbidden)
				}
			}
		}
		t.send("ana", "bo", "direct")
		t.refuse(&store.Delete{Actor: "bo", With: "ana", Seq: 1}, store.ErrForbidden)
		t.refuse(&store.Delete{Actor: "bo", With: "ana", Seq: 2}, store.ErrNoMessage)
		t.refuse(&store.Delete{Actor: "bo", With: "cleo", Seq: 1}, store.ErrNotFound)
	}},
	{"who came later does not delete what was before, though owner", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana")
		t.send("ana", id, "x")
		t.add("ana", id, "bo")
		t.must(&store.SetRole{Actor: "ana", With: id, Username: "bo", Role: protocol.Owner})
		t.refuse(&store.Delete{Actor: "bo", With: id, Seq: 1}, store.ErrNoMessage)
		t.refuse(reacting("bo", id, 1, "a"), store.ErrNoMessage)
	}},
	{"reactions are in the order of their emoji by bytes, each with its users by name", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("cleo", "ana", "bo")
		t.send("cleo", id, "x")
		for i, r := range []*store.React{
			reacting("cleo", id, 1, "\U0001F44D"), reacting("bo", id, 1, "é"), reacting("bo", id, 1, "a"), reacting("ana", id, 1, "é"),
		} {
			t.equal("version", t.changed(r).Rev, int64(i+2))
		}
		m := t.history("ana", id, everything).Messages[0]
		t.equal("reactions", m.Reactions, []protocol.Reaction{
			{Emoji: "a", Count: 1, Users: []string{"bo"}}, {Emoji: "é", Count: 2, Users: []string{"ana", "bo"}},
			{Emoji: "\U0001F44D", Count: 1, Users: []string{"cleo"}},
		})
		t.equal("edited at", m.EditedAt, protocol.Time(0))
	}},
	{"a reaction is there once, and is taken away", func(t *test) {
		t.users("ana", "bo")
		t.send("ana", "bo", "x")
		once := t.changed(reacting("bo", "ana", 1, "a"))
		t.equal("value of doing it again", t.unchanged(reacting("bo", "ana", 1, "a")), any(once))
		away := reacting("bo", "ana", 1, "a")
		away.Remove = true
		none := t.changed(away)
		t.equal("version", none.Rev, int64(3))
		t.equal("number of reactions", len(none.Reactions), 0)
		t.equal("value of taking it away again", t.unchanged(away), any(none))
		other := *away
		other.Emoji = "b"
		t.equal("value of taking away what is not there", t.unchanged(&other), any(none))
		t.refuse(reacting("bo", "ana", 2, "a"), store.ErrNoMessage)
		t.refuse(reacting("ana", "ana", 1, "a"), store.ErrNotFound)
	}},
	{"there are no more different emoji than may be", func(t *test) {
		t.users("ana", "bo")
		t.send("ana", "bo", "x")
		for _, emoji := range []string{"a", "b", "c"} {
			t.changed(reacting("ana", "bo", 1, emoji))
		}
		t.refuse(reacting("bo", "ana", 1, "d"), store.ErrTooMany)
		t.changed(reacting("bo", "ana", 1, "a"))
		for _, username := range []string{"ana", "bo"} {
			away := reacting(username, map[string]string{"ana": "bo", "bo": "ana"}[username], 1, "a")
			away.Remove = true
			t.changed(away)
		}
		t.changed(reacting("bo", "ana", 1, "d"))
		t.refuse(reacting("bo", "ana", 1, "e"), store.ErrTooMany)
	}},
	{"a reaction names its first twenty users, and counts them all", func(t *test) {
		names := t.crowd(23)
		id := t.group(names[0], names[1:]...)
		t.send(names[0], id, "x")
		var m protocol.Message
		for i := range names {
			m = t.changed(reacting(names[len(names)-1-i], id, 1, "a"))
		}
		t.equal("reactions", m.Reactions, []protocol.Reaction{{Emoji: "a", Count: 23, Users: names[:20]}})
	}},
	{"a change of a message is told to the members who see the message", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		id := t.group("ana", "bo", "cleo")
		t.send("ana", id, "x")
		t.add("ana", id, "dan")
		t.leave(id, "cleo")
		for _, m := range []store.Mutation{
			t.editing("ana", id, 1, "y"), reacting("bo", id, 1, "a"), &store.Delete{Actor: "ana", With: id, Seq: 1},
		} {
			t.equal(fmt.Sprintf("audience of %T", m), t.must(m).Events[0].Audience, []string{"ana", "bo"})
		}
	}},
}
