package storetest

import (
	"fmt"

	"asappchat/protocol"
	"asappchat/store"
)

// roles are those of a group's members, as one of them sees them.
func (t *test) roles(viewer, with string) map[string]protocol.Role {
	t.Helper()
	members, err := t.Members(t.Context(), viewer, with, "", plenty)
	t.is("Members", err, nil)
	roles := map[string]protocol.Role{}
	for _, m := range members {
		roles[m.Username] = m.Role
	}
	return roles
}

func (t *test) setRole(actor, with, username string, role protocol.Role) store.Outcome {
	t.Helper()
	return t.must(&store.SetRole{Actor: actor, With: with, Username: username, Role: role})
}

func (t *test) setState(actor, with string, state protocol.State) store.Outcome {
	t.Helper()
	return t.must(&store.SetState{Actor: actor, With: with, State: state})
}

// told makes sure what the events of an outcome are, up to the end of the log.
// What all of a group's events have is filled in.
func (t *test) told(o store.Outcome, viewer, with string, audience []string, want ...protocol.ConversationEvent) {
	t.Helper()
	c := t.conversation(viewer, with)
	place := t.head().Place - store.Place(len(want))
	var events []store.Event
	for i := range want {
		want[i].Conversation, want[i].Kind, want[i].Name, want[i].MemberCount = c.ID, c.Kind, c.Name, c.MemberCount
		events = append(events, store.Event{Place: place + store.Place(i) + 1, Audience: audience, Conversation: &want[i]})
	}
	t.equal("events", o.Events, events)
}

var governing = cases{
	{"an owner removes others, an admin plain members, and nobody else anybody", func(t *test) {
		t.users("ana", "bo", "cleo", "dan", "eve")
		id := t.group("ana", "bo", "cleo", "dan", "eve")
		t.setRole("ana", id, "bo", protocol.Admin)
		t.setRole("ana", id, "cleo", protocol.Admin)
		remove := func(actor, username string) *store.RemoveMember {
			return &store.RemoveMember{Actor: actor, With: id, Username: username, At: t.tick()}
		}
		for _, m := range []*store.RemoveMember{
			remove("dan", "eve"), remove("dan", "bo"), remove("dan", "ana"), remove("bo", "cleo"), remove("bo", "ana"),
		} {
			t.refuse(m, store.ErrForbidden)
		}
		o := t.must(remove("bo", "dan"))
		t.equal("value", o.Value, any(t.conversation("bo", id)))
		t.equal("audience", o.Events[0].Audience, []string{"ana", "bo", "cleo", "dan", "eve"})
		t.hidden("dan", id)
		t.refuse(remove("bo", "dan"), store.ErrNoUser)
		t.refuse(remove("dan", "eve"), store.ErrNotFound)
		t.must(remove("ana", "cleo"))
		t.must(remove("ana", "bo"))
		t.equal("value of one's own leaving", t.must(remove("eve", "eve")).Value, nil)
		t.equal("members", t.conversation("ana", id).Members, []string{"ana"})
	}},
	{"when the owner leaves, the admin who has been there longest is the owner, then the member who has", func(t *test) {
		t.users("ana", "bo", "cleo", "dan", "eve")
		id := t.group("ana", "eve")
		for _, name := range []string{"dan", "cleo", "bo"} {
			t.add("ana", id, name)
		}
		t.setRole("ana", id, "bo", protocol.Admin)
		t.setRole("ana", id, "cleo", protocol.Admin)
		owner := func(username string) protocol.ConversationEvent {
			return protocol.ConversationEvent{Change: protocol.RoleChanged, Username: username, Role: protocol.Owner}
		}
		left := func(o store.Outcome, viewer string, rest []string, heir string) {
			t.Helper()
			t.equal("left", o.Events[0].Conversation.Change, protocol.Left)
			o.Events = o.Events[1:]
			t.told(o, viewer, id, rest, owner(heir))
			t.equal("role", t.roles(viewer, id)[heir], protocol.Owner)
		}
		left(t.leave(id, "ana"), "bo", []string{"bo", "cleo", "dan", "eve"}, "cleo")
		left(t.leave(id, "cleo"), "bo", []string{"bo", "dan", "eve"}, "bo")
		left(t.leave(id, "bo"), "dan", []string{"dan", "eve"}, "eve")
		t.add("dan", id, "ana")
		left(t.leave(id, "eve"), "dan", []string{"ana", "dan"}, "dan")
		left(t.leave(id, "dan"), "ana", []string{"ana"}, "ana")
		t.equal("events when the last one leaves", len(t.leave(id, "ana").Events), 1)
		other := t.group("dan", "eve", "cleo", "bo")
		t.leave(other, "dan")
		t.equal("of several from the same place", t.roles("eve", other)["bo"], protocol.Owner)
		t.equal("events when another leaves", len(t.leave(other, "cleo").Events), 1)
	}},
	{"the owner changes the roles of others", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo", "cleo")
		set := func(actor, username string, role protocol.Role) *store.SetRole {
			return &store.SetRole{Actor: actor, With: id, Username: username, Role: role}
		}
		o := t.must(set("ana", "bo", protocol.Admin))
		t.equal("value", o.Value, any(t.conversation("ana", id)))
		t.told(o, "ana", id, []string{"ana", "bo", "cleo"}, protocol.ConversationEvent{
			Change: protocol.RoleChanged, Username: "bo", Role: protocol.Admin,
		})
		t.equal("value again", t.unchanged(set("ana", "bo", protocol.Admin)), o.Value)
		t.equal("bo's", t.conversation("bo", id).Role, protocol.Admin)
		t.refuse(set("bo", "cleo", protocol.Admin), store.ErrForbidden)
		t.refuse(set("cleo", "bo", protocol.Plain), store.ErrForbidden)
		t.refuse(set("ana", "ana", protocol.Plain), store.ErrForbidden)
		t.refuse(set("ana", "ana", protocol.Owner), store.ErrForbidden)
		t.refuse(set("ana", "dan", protocol.Admin), store.ErrNoUser)
		t.refuse(set("dan", "ana", protocol.Admin), store.ErrNotFound)
		t.must(set("ana", "bo", protocol.Plain))
		t.equal("roles", t.roles("bo", id), map[string]protocol.Role{"ana": protocol.Owner, "bo": protocol.Plain, "cleo": protocol.Plain})
		t.send("ana", "bo", "x")
		t.refuse(&store.SetRole{Actor: "ana", With: "bo", Username: "bo", Role: protocol.Admin}, store.ErrForbidden)
	}},
	{"who makes another the owner is an admin", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		o := t.setRole("ana", id, "bo", protocol.Owner)
		t.told(o, "ana", id, []string{"ana", "bo"},
			protocol.ConversationEvent{Change: protocol.RoleChanged, Username: "bo", Role: protocol.Owner},
			protocol.ConversationEvent{Change: protocol.RoleChanged, Username: "ana", Role: protocol.Admin},
		)
		t.equal("roles", t.roles("bo", id), map[string]protocol.Role{"ana": protocol.Admin, "bo": protocol.Owner})
		t.equal("value", o.Value.(protocol.Conversation).Role, protocol.Admin)
		t.refuse(&store.SetRole{Actor: "ana", With: id, Username: "bo", Role: protocol.Plain}, store.ErrForbidden)
	}},
	{"owner and admins rename a group", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo", "cleo")
		t.setRole("ana", id, "bo", protocol.Admin)
		for _, actor := range []string{"ana", "bo"} {
			m := &store.Rename{Actor: actor, With: id, Name: "by " + actor}
			o := t.must(m)
			t.equal("value", o.Value, any(t.conversation(actor, id)))
			t.told(o, "ana", id, []string{"ana", "bo", "cleo"}, protocol.ConversationEvent{Change: protocol.Renamed})
			t.equal("name", t.conversation("cleo", id).Name, m.Name)
			t.equal("value again", t.unchanged(m), o.Value)
		}
		t.refuse(&store.Rename{Actor: "cleo", With: id, Name: "x"}, store.ErrForbidden)
		t.refuse(&store.Rename{Actor: "dan", With: id, Name: "x"}, store.ErrNotFound)
		t.send("ana", "bo", "x")
		t.refuse(&store.Rename{Actor: "ana", With: "bo", Name: "x"}, store.ErrForbidden)
	}},
	{"nothing is sent, edited or reacted to in a closed group, and the rest goes on", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		id := t.group("ana", "bo", "cleo")
		first := t.first(t.keyed("bo", id, "k", 1))
		t.send("bo", id, "x")
		o := t.setState("ana", id, protocol.Closed)
		t.equal("value", o.Value, any(t.conversation("ana", id)))
		t.told(o, "ana", id, []string{"ana", "bo", "cleo"}, protocol.ConversationEvent{Change: protocol.StateChanged, State: protocol.Closed})
		t.equal("state", t.conversation("bo", id).State, protocol.Closed)
		t.unchanged(&store.SetState{Actor: "ana", With: id, State: protocol.Closed})
		for _, m := range []store.Mutation{
			t.message("bo", id, "x"), t.message("ana", id, "x"), t.editing("bo", id, 1, "x"), reacting("ana", id, 1, "a"),
		} {
			t.refuse(m, store.ErrClosed)
		}
		t.repeat(t.keyed("bo", id, "k", 1), first)
		t.refuse(t.message("dan", id, "x"), store.ErrNotFound)
		t.changed(&store.Delete{Actor: "ana", With: id, Seq: 2})
		t.read("ana", id, 1)
		t.add("bo", id, "dan")
		t.remove("ana", id, "cleo")
		t.setRole("ana", id, "bo", protocol.Admin)
		t.must(&store.Rename{Actor: "bo", With: id, Name: "other"})
		t.must(&store.SetPreferences{Username: "bo", With: id, Muted: new(true)})
		t.leave(id, "dan")
		t.told(t.setState("bo", id, protocol.Opened), "ana", id, []string{"ana", "bo"},
			protocol.ConversationEvent{Change: protocol.StateChanged, State: protocol.Opened})
		t.send("ana", id, "x")
		t.changed(t.editing("bo", id, 1, "y"))
	}},
	{"a group is closed by owner and admins, and a direct conversation by nobody", func(t *test) {
		t.users("ana", "bo")
		id, direct := t.group("ana", "bo"), t.send("ana", "bo", "x").Conversation
		t.refuse(&store.SetState{Actor: "bo", With: id, State: protocol.Closed}, store.ErrForbidden)
		t.refuse(&store.SetState{Actor: "bo", With: id, State: protocol.Opened}, store.ErrForbidden)
		t.refuse(&store.SetState{Actor: "cleo", With: id, State: protocol.Closed}, store.ErrNotFound)
		t.refuse(&store.SetState{Actor: "ana", With: "bo", State: protocol.Closed}, store.ErrForbidden)
		t.refuse(&store.SetState{Actor: "ana", With: direct, State: protocol.Closed}, store.ErrForbidden)
	}},
	{"in a group with history, who joins sees what was sent before", func(t *test) {
		t.users("ana", "bo", "cleo")
		m := t.createGroup("ana", "cleo")
		m.History = true
		t.equal("value", t.must(m).Value.(protocol.Conversation).History, true)
		t.sends("ana", m.ID, "1", "2")
		t.changed(t.editing("ana", m.ID, 1, "edited"))
		t.add("ana", m.ID, "bo")
		c := t.conversation("bo", m.ID)
		t.equal("bo's", []string{fmt.Sprint(c.History, c.LastSeq, c.ReadSeq, c.Unread), c.LastMessage.Body}, []string{"true 2 2 0", "2"})
		h := t.history("bo", m.ID, everything)
		t.equal("first and last", []int64{h.FirstSeq, h.LastSeq}, []int64{1, 2})
		t.equal("bodies", t.bodies("bo", m.ID), []string{"edited", "2"})
		t.changed(reacting("bo", m.ID, 1, "a"))
		reply := t.message("bo", m.ID, "3")
		reply.Message.ReplyTo = 1
		t.must(reply)
		t.leave(m.ID, "cleo")
		t.send("ana", m.ID, "4")
		t.add("ana", m.ID, "cleo")
		t.equal("of who comes back", t.bodies("cleo", m.ID), []string{"edited", "2", "3", "4"})
	}},
	{"what belongs to a membership does not come back with its user", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.setRole("ana", id, "bo", protocol.Admin)
		t.must(&store.SetPreferences{Username: "bo", With: id, Muted: new(true), Pinned: new(true)})
		t.remove("ana", id, "bo")
		t.add("ana", id, "bo")
		c := t.conversation("bo", id)
		t.equal("role", c.Role, protocol.Plain)
		t.equal("preferences", []bool{c.Muted, c.Pinned}, []bool{false, false})
	}},
}
