package storetest

import (
	"fmt"
	"strings"

	"asappchat/protocol"
	"asappchat/store"
)

// summary is an event in a few words.
func summary(e store.Event) string {
	switch {
	case e.Updated:
		return fmt.Sprintf("%d: %d updated, version %d", e.Place, e.Message.Seq, e.Message.Rev)
	case e.Message != nil:
		return fmt.Sprintf("%d: %d, version %d", e.Place, e.Message.Seq, e.Message.Rev)
	case e.Read != nil:
		return fmt.Sprintf("%d: %s read %d", e.Place, e.Read.Username, e.Read.Seq)
	}
	c := e.Conversation
	return strings.TrimSpace(fmt.Sprintf("%d: %s %s", e.Place, c.Change, c.Username))
}

// caughtUp are the events from a place to the end, in pages of all sizes.
func (t *test) caughtUp(username string, after store.Place) []string {
	t.Helper()
	head := t.head().Place
	events := t.replay(username, after, head, plenty)
	for step := 1; step < 4; step++ {
		t.equal(fmt.Sprint("in steps of ", step), t.replay(username, after, head, step), events)
	}
	told := []string{}
	for _, e := range events {
		told = append(told, summary(e))
	}
	return told
}

var replays = cases{
	{"a message that was sent in the window comes there once, as it is now", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2") // 1 creates, 2 and 3
		t.must(t.editing("ana", "bo", 1, "x"))
		t.must(reacting("bo", "ana", 1, "a"))
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 2})
		t.send("ana", "bo", "3")
		t.equal("from the beginning", t.caughtUp("bo", 0), []string{"1: created", "2: 1, version 3", "3: 2, version 2", "7: 3, version 1"})
		t.equal("from the first", t.caughtUp("bo", 2), []string{"3: 2, version 2", "5: 1 updated, version 3", "7: 3, version 1"})
		now := t.history("bo", "ana", everything).Messages
		t.equal("message", t.replay("bo", 1, 3, 9)[0].Message, &now[0])
		t.equal("tombstone", t.replay("bo", 1, 3, 9)[1].Message, &now[1])
	}},
	{"a message that was sent before comes where it was last changed", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3") // up to 4
		t.must(t.editing("ana", "bo", 1, "x"))
		t.must(t.editing("ana", "bo", 2, "x"))
		t.must(reacting("bo", "ana", 1, "a"))
		t.equal("from the messages", t.caughtUp("bo", 4), []string{"6: 2 updated, version 2", "7: 1 updated, version 3"})
		t.equal("after the first change", t.caughtUp("bo", 5), []string{"6: 2 updated, version 2", "7: 1 updated, version 3"})
		t.equal("after the second", t.caughtUp("bo", 6), []string{"7: 1 updated, version 3"})
		t.equal("up to before the last", places(t.replay("bo", 4, 6, 9)), []store.Place{6})
		t.equal("after all", t.caughtUp("bo", 7), []string{})
	}},
	{"a marker comes once, as it is now, to those who are told", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo", "cleo") // 1
		t.sends("ana", id, "1", "2", "3")  // up to 4
		t.read("bo", id, 1)                // 5
		t.read("cleo", id, 1)              // 6
		t.read("bo", id, 2)                // 7
		t.send("bo", id, "4")              // 8
		want := []string{"6: cleo read 1", "7: bo read 4", "8: 4, version 1"}
		t.equal("ana's", t.caughtUp("ana", 4), want)
		t.equal("bo's", t.caughtUp("bo", 4), want)
		t.must(&store.SetPrivacy{Username: "bo", Receipts: new(false)})
		t.equal("ana's when bo says no more", t.caughtUp("ana", 4), []string{"6: cleo read 1", "8: 4, version 1"})
		t.equal("bo's own", t.caughtUp("bo", 4), want)
	}},
	{"a name, a role, a state and preferences come once, as they are now", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo") // 1
		for _, name := range []string{"one", "two"} {
			t.must(&store.Rename{Actor: "ana", With: id, Name: name})
		}
		t.setRole("ana", id, "bo", protocol.Admin)
		t.setRole("ana", id, "bo", protocol.Plain)
		t.setState("ana", id, protocol.Closed)
		t.setState("ana", id, protocol.Opened)
		t.must(&store.SetPreferences{Username: "bo", With: id, Muted: new(true)})
		t.must(&store.SetPreferences{Username: "bo", With: id, Pinned: new(true)})
		t.equal("bo's", t.caughtUp("bo", 0), []string{"1: created", "3: renamed", "5: role bo", "7: state", "9: preferences bo"})
		t.equal("ana's", t.caughtUp("ana", 2), []string{"3: renamed", "5: role bo", "7: state"})
		events := t.replay("bo", 1, 9, 9)
		want := protocol.ConversationEvent{Conversation: id, Kind: protocol.Group, Name: "two", MemberCount: 2}
		for i, c := range []protocol.ConversationEvent{
			{Change: protocol.Renamed}, {Change: protocol.RoleChanged, Username: "bo", Role: protocol.Plain},
			{Change: protocol.StateChanged, State: protocol.Opened},
			{Change: protocol.PreferencesChanged, Username: "bo", Muted: new(true), Pinned: new(true)},
		} {
			c.Conversation, c.Kind, c.Name, c.MemberCount = want.Conversation, want.Kind, want.Name, want.MemberCount
			t.equal("event", events[i].Conversation, &c)
		}
	}},
	{"what a member does not see is not caught up with, nor led to", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo") // 1
		t.sends("ana", id, "1", "2")
		t.must(&store.Rename{Actor: "ana", With: id, Name: "before"})
		t.read("bo", id, 1)
		t.setRole("ana", id, "bo", protocol.Admin)
		t.add("ana", id, "cleo") // 7
		t.equal("at first", t.caughtUp("cleo", 0), []string{"7: joined cleo"})
		t.must(t.editing("ana", id, 1, "x"))
		t.must(reacting("bo", id, 2, "a"))
		t.must(&store.Delete{Actor: "ana", With: id, Seq: 1})
		t.must(&store.SetPreferences{Username: "bo", With: id, Muted: new(true)})
		t.equal("of what came before", t.caughtUp("cleo", 0), []string{"7: joined cleo"})
		trails, err := t.Trails(t.Context(), "cleo", 7, t.head().Place)
		t.is("Trails", err, nil)
		t.equal("number of trails", len(trails), 0)
		t.send("bo", id, "3") // 12
		t.must(reacting("ana", id, 3, "a"))
		t.equal("of what came later", t.caughtUp("cleo", 7), []string{"12: 3, version 2"})
	}},
	{"of a group with history, who joined catches up with changes of what was before", func(t *test) {
		t.users("ana", "bo")
		m := t.createGroup("ana")
		m.History = true
		t.must(m) // 1
		t.sends("ana", m.ID, "1", "2", "3")
		t.must(t.editing("ana", m.ID, 2, "x")) // 5
		t.add("ana", m.ID, "bo")               // 6
		t.equal("at first", t.caughtUp("bo", 0), []string{"6: joined bo"})
		t.must(t.editing("ana", m.ID, 1, "x")) // 7
		for after := range store.Place(7) {
			want := []string{"6: joined bo", "7: 1 updated, version 2"}
			t.equal("later", t.caughtUp("bo", after), want[max(0, int(after)-5):])
		}
	}},
	{"what belongs to a membership ends with it for those who catch up", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo") // 1
		t.sends("ana", id, "1", "2")
		t.read("bo", id, 1)
		t.setRole("ana", id, "bo", protocol.Admin)
		t.remove("ana", id, "bo") // 6
		t.equal("after leaving", t.caughtUp("ana", 3), []string{"6: left bo"})
		t.add("ana", id, "bo") // 7
		t.equal("after coming back", t.caughtUp("ana", 3), []string{"7: joined bo"})
	}},
	{"who has left is not told what a group is called since", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo", "cleo")
		t.must(&store.Rename{Actor: "ana", With: id, Name: "known"})
		t.leave(id, "bo")
		t.equal("name that was known", t.replay("bo", 0, t.head().Place, 9)[0].Conversation.Name, "known")
		t.must(&store.Rename{Actor: "ana", With: id, Name: "secret"})
		t.leave(id, "cleo")
		t.equal("bo's", t.replay("bo", 0, t.head().Place, 9)[0].Conversation.Name, "")
		t.equal("cleo's", t.replay("cleo", 0, t.head().Place, 9)[0].Conversation.Name, "secret")
	}},
	{"the bytes of changed messages count for a page of a trail", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3")
		after := t.head().Place
		for seq := range int64(3) {
			t.must(t.editing("ana", "bo", seq+1, strings.Repeat("x", 10)))
		}
		t.send("ana", "bo", strings.Repeat("x", 5))
		upto := t.head().Place
		trails, err := t.Trails(t.Context(), "bo", after, upto)
		t.is("Trails", err, nil)
		for bytes, want := range map[int]int{1: 1, 10: 1, 19: 1, 20: 2, 29: 2, 30: 3, 34: 3, 35: 4} {
			events, next, err := t.Follow(t.Context(), "bo", trails[0], upto, 9, bytes)
			t.is("Follow", err, nil)
			t.equal(fmt.Sprintf("events of %d bytes", bytes), len(events), want)
			t.leadsOn(next, upto, want < 4)
		}
	}},
	{"many changes of a long conversation are caught up with in pages", func(t *test) {
		t.users("ana", "bo")
		var group []store.Mutation
		for range 200 {
			group = append(group, t.message("ana", "bo", "x"))
		}
		t.commit(group...)
		after := t.head().Place
		group = nil
		for i := range int64(300) {
			group = append(group, t.editing("ana", "bo", 1+i*7%200, fmt.Sprint(i)))
		}
		t.commit(group...)
		t.read("bo", "ana", 100)
		events := t.replay("bo", after, t.head().Place, 7)
		t.equal("number", len(events), 201)
		for i, e := range events[:200] {
			t.equal("place", e.Place, after+store.Place(101+i))
		}
	}},
}
