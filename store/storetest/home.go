package storetest

import (
	"fmt"
	"slices"
	"strings"

	"asappchat/protocol"
	"asappchat/store"
)

// listed are the conversations of a page of home, the left ones with a minus.
func (t *test) listed(viewer string, page store.HomePage) []string {
	t.Helper()
	ids := []string{}
	for _, item := range t.home(viewer, page).Items {
		if item.Left {
			t.equal("what is left of "+item.Conversation.ID, item.Conversation, protocol.Conversation{ID: item.Conversation.ID})
			item.Conversation.ID = "-" + item.Conversation.ID
		} else {
			t.equal("conversation", item.Conversation, t.conversation(viewer, item.Conversation.ID))
		}
		ids = append(ids, item.Conversation.ID)
	}
	return ids
}

// since are the conversations that changed for a viewer.
func (t *test) since(viewer string, place store.Place) []string {
	t.Helper()
	return t.listed(viewer, store.HomePage{Changed: true, Since: place, Limit: plenty})
}

// all is a page of all of home.
var all = store.HomePage{Limit: plenty}

var homes = cases{
	{"home has the conversation with the newest activity first", func(t *test) {
		t.users("ana", "bo", "cleo")
		t.equal("more at first", t.home("ana", all).More, false)
		t.equal("at first", t.listed("ana", all), []string{})
		one := t.send("ana", "bo", "x").Conversation
		two := t.group("ana", "bo")
		three := t.group("bo")
		t.equal("ana's", t.listed("ana", all), []string{two, one})
		t.equal("bo's", t.listed("bo", all), []string{three, two, one})
		t.send("bo", one, "y")
		t.equal("after a message", t.listed("bo", all), []string{one, three, two})
		t.add("bo", three, "ana")
		t.equal("of who joined", t.listed("ana", all), []string{three, one, two})
		t.equal("of who was there", t.listed("bo", all), []string{one, three, two})
		t.equal("of another", t.listed("cleo", all), []string{})
		t.leave(two, "ana")
		t.equal("of who left", t.listed("ana", all), []string{three, one})
	}},
	{"an activity is the place of the last message, the creation or the joining", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana") // 1
		activity := func(viewer string) store.Place { return t.home(viewer, all).Items[0].Activity }
		t.equal("creation", activity("ana"), store.Place(1))
		t.send("ana", id, "x")
		t.equal("message", activity("ana"), store.Place(2))
		t.add("ana", id, "bo")
		t.equal("joining", activity("bo"), store.Place(3))
		t.equal("joining of another", activity("ana"), store.Place(2))
		t.send("ana", id, "x")
		t.equal("message", activity("bo"), store.Place(4))
		t.must(&store.Delete{Actor: "ana", With: id, Seq: 2})
		t.equal("deletion of the last message", activity("bo"), store.Place(4))
	}},
	{"nothing but activity moves a conversation in home", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.send("ana", id, "x")
		other := t.send("ana", "bo", "x").Conversation
		for _, m := range []store.Mutation{
			t.editing("ana", id, 1, "y"), reacting("bo", id, 1, "a"), &store.MarkRead{Username: "bo", With: id, Seq: 1},
			&store.Rename{Actor: "ana", With: id, Name: "other"}, &store.SetPreferences{Username: "bo", With: id, Muted: new(true)},
			&store.SetRole{Actor: "ana", With: id, Username: "bo", Role: protocol.Admin}, &store.Delete{Actor: "ana", With: id, Seq: 1},
			&store.AddMember{Actor: "ana", With: id, Username: "cleo", At: t.tick(), Max: 9},
			&store.SetState{Actor: "ana", With: id, State: protocol.Closed},
			&store.RemoveMember{Actor: "cleo", With: id, Username: "cleo", At: t.tick()},
		} {
			before := t.head().Place
			t.must(m)
			t.equal(fmt.Sprintf("home after %T", m), t.listed("bo", all), []string{other, id})
			t.equal(fmt.Sprintf("changed by %T", m), t.since("bo", before), []string{id})
			t.equal(fmt.Sprintf("changed after %T", m), t.since("bo", t.head().Place), []string{})
		}
	}},
	{"home is read page after page", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		var want []string
		for _, peer := range []string{"bo", "cleo", "ana", "dan"} {
			want = append([]string{t.send(peer, "ana", "x").Conversation}, want...)
		}
		want = append([]string{t.group("ana")}, want...)
		for _, changed := range []bool{false, true} {
			for limit := 1; limit <= 6; limit++ {
				page, got := store.HomePage{Changed: changed, Limit: limit}, []string{}
				for more := true; more; {
					h := t.home("ana", page)
					got = append(got, t.listed("ana", page)...)
					t.equal("more", h.More, len(got) < len(want))
					more, page.Before = h.More, h.Items[len(h.Items)-1].Activity
				}
				t.equal(fmt.Sprint("in pages of ", limit), got, want)
			}
		}
		first := t.home("ana", all).Items[4].Activity
		t.equal("before the first", t.home("ana", store.HomePage{Before: first, Limit: 9}).More, false)
		t.equal("before the first", t.listed("ana", store.HomePage{Before: first, Limit: 9}), []string{})
	}},
	{"a page of home ends before the last message that takes it past its bytes, unless that is the first", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		t.send("ana", "dan", strings.Repeat("x", 10))
		t.send("ana", "cleo", strings.Repeat("x", 20))
		t.send("ana", "bo", strings.Repeat("x", 30))
		t.group("ana") // without messages
		for bytes, want := range map[int]int{1: 1, 29: 1, 30: 2, 49: 2, 50: 3, 59: 3, 60: 4, 0: 4} {
			for _, changed := range []bool{false, true} {
				page := store.HomePage{Changed: changed, Limit: 9, Bytes: bytes}
				h := t.home("ana", page)
				t.equal(fmt.Sprintf("conversations of %d bytes", bytes), len(h.Items), want)
				t.equal(fmt.Sprintf("more behind %d bytes", bytes), h.More, want < 4)
			}
		}
		t.send("ana", "dan", "0123456789")
		t.equal("first of all", len(t.home("ana", store.HomePage{Limit: 9, Bytes: 1}).Items), 1)
	}},
	{"home of what changed has what is different for the viewer since, and no other", func(t *test) {
		t.users("ana", "bo", "cleo")
		one, two := t.group("ana", "bo"), t.group("ana", "bo")
		t.sends("ana", one, "1", "2")
		t.sends("ana", two, "1", "2")
		t.add("ana", two, "cleo")
		start := t.head().Place
		t.must(t.editing("ana", one, 1, "x"))
		t.equal("bo's after an edit", t.since("bo", start), []string{one})
		t.equal("ana's after an edit", t.since("ana", start), []string{one})
		t.must(t.editing("ana", two, 1, "x"))
		t.equal("bo's after another", t.since("bo", start), []string{two, one})
		t.equal("of who does not see what was edited", t.since("cleo", start), []string{})
		t.equal("from the first edit on", t.since("bo", start+1), []string{two})
		t.must(&store.SetPreferences{Username: "bo", With: one, Muted: new(true)})
		t.equal("of whose preferences changed", t.since("bo", start+2), []string{one})
		t.equal("of another", t.since("ana", start+2), []string{})
		t.send("cleo", two, "3")
		t.equal("of the sender", t.since("cleo", start), []string{two})
	}},
	{"home of what changed names what was left since, where it was left", func(t *test) {
		t.users("ana", "bo", "cleo")
		one, two, three := t.group("ana", "bo"), t.group("ana", "bo"), t.group("ana", "bo")
		start := t.head().Place
		t.leave(one, "bo")
		t.send("ana", two, "x")
		t.remove("ana", three, "bo")
		t.send("ana", one, "not for bo")
		t.must(&store.Rename{Actor: "ana", With: one, Name: "nor this"})
		t.equal("since", t.since("bo", start), []string{"-" + three, two, "-" + one})
		t.equal("from the leaving on", t.since("bo", start+1), []string{"-" + three, two})
		t.equal("all", t.listed("bo", all), []string{two})
		page := store.HomePage{Changed: true, Since: start, Limit: 1}
		for _, want := range []store.Place{start + 3, start + 2, start + 1} {
			h := t.home("bo", page)
			t.equal("activity", h.Items[0].Activity, want)
			t.equal("more", h.More, want > start+1)
			page.Before = want
		}
		t.add("ana", one, "bo")
		t.equal("after coming back", t.since("bo", start), []string{one, "-" + three, two})
		t.equal("of who has left nothing", t.since("cleo", start), []string{})
	}},
	{"large conversations are in home as small ones are", func(t *test) {
		names := t.crowd(130)
		large := t.group(names[0], names[1:]...)
		small := t.send(names[0], names[1], "x").Conversation
		viewer := names[1]
		t.equal("at first", t.listed(viewer, all), []string{small, large})
		t.sends(names[0], large, "1", "2")
		t.equal("after a message", t.listed(viewer, all), []string{large, small})
		t.send(names[0], small, "y")
		t.equal("after a message in another", t.listed(viewer, all), []string{small, large})
		for _, m := range []store.Mutation{
			t.editing(names[0], large, 1, "y"), reacting(names[2], large, 1, "a"), &store.Delete{Actor: names[0], With: large, Seq: 1},
			&store.MarkRead{Username: viewer, With: large, Seq: 1}, &store.SetPreferences{Username: viewer, With: large, Pinned: new(true)},
			&store.Rename{Actor: names[0], With: large, Name: "other"},
			&store.SetRole{Actor: names[0], With: large, Username: names[5], Role: protocol.Admin},
			&store.RemoveMember{Actor: names[9], With: large, Username: names[9], At: t.tick()},
			&store.SetState{Actor: names[0], With: large, State: protocol.Closed},
		} {
			before := t.head().Place
			t.must(m)
			t.equal(fmt.Sprintf("changed by %T", m), t.since(viewer, before), []string{large})
			t.equal(fmt.Sprintf("home after %T", m), t.listed(viewer, all), []string{small, large})
		}
		before := t.head().Place
		t.equal("audience of another's marker", t.read(names[2], large, 1), []string{names[2]})
		t.equal("changed by another's marker", t.since(viewer, before), []string{})
		t.equal("pages", t.listed(viewer, store.HomePage{Before: t.home(viewer, all).Items[0].Activity, Limit: 1}), []string{large})
		t.leave(large, viewer)
		t.equal("after leaving", t.since(viewer, before), []string{"-" + large})
	}},
	{"a conversation that becomes large or small again stays where it is in home", func(t *test) {
		names := t.crowd(103)
		viewer := names[0]
		id := t.group(viewer, names[1:100]...)
		t.send(viewer, id, "x")
		other := t.send(viewer, viewer, "x").Conversation
		want := t.home(viewer, all).Items[1].Activity
		check := func(what string) {
			t.Helper()
			before := t.head().Place - 1
			t.equal("home after "+what, t.listed(viewer, all), []string{other, id})
			t.equal("activity after "+what, t.home(viewer, all).Items[1].Activity, want)
			t.equal("changed by "+what, t.since(viewer, before), []string{id})
			t.equal("changed after "+what, t.since(viewer, before+1), []string{})
		}
		for _, name := range names[100:] {
			t.add(viewer, id, name)
			check("joining")
		}
		for _, name := range slices.Backward(names[98:]) {
			t.leave(id, name)
			check("leaving")
		}
	}},
}
