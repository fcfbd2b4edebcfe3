package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

var members = cases{
	{"a group is opened by its owner, with members", func(t *test) {
		t.users("ana", "bo", "cleo")
		m := t.createGroup("bo", "cleo", "ana")
		o := t.must(m)
		want := protocol.Conversation{
			ID: m.ID, Kind: protocol.Group, Name: "a group", Role: protocol.Owner, MemberCount: 3,
			Members: []string{"ana", "bo", "cleo"}, State: protocol.Opened, CreatedAt: m.At, JoinedAt: m.At,
		}
		t.equal("value", o.Value, any(want))
		t.equal("bo's", t.conversation("bo", m.ID), want)
		want.Role = protocol.Plain
		t.equal("cleo's", t.conversation("cleo", m.ID), want)
		t.equal("events", o.Events, []store.Event{{Place: 1, Audience: want.Members, Conversation: &protocol.ConversationEvent{
			Conversation: m.ID, Change: protocol.Created, Kind: protocol.Group, Name: "a group", Members: want.Members, MemberCount: 3,
		}}})
	}},
	{"a group with a member who does not exist is refused by the name", func(t *test) {
		t.users("ana", "bo")
		m := t.createGroup("ana", "bo", "nobody")
		o := t.commit(m)[0]
		var who *store.UserError
		if !errors.As(o.Err, &who) || who.Username != "nobody" || !errors.Is(o.Err, store.ErrNoUser) {
			t.Fatalf("error %v", o.Err)
		}
		t.hidden("ana", m.ID)
	}},
	{"a conversation names its first ten members and counts them all", func(t *test) {
		names := t.crowd(13)
		o := t.must(t.createGroup(names[12], names[:12]...))
		e := o.Events[0].Conversation
		t.equal("named in the event", e.Members, names[:10])
		t.equal("counted in the event", e.MemberCount, 13)
		c := t.conversation(names[0], e.Conversation)
		t.equal("named", c.Members, names[:10])
		t.equal("counted", c.MemberCount, 13)
		t.equal("audience", o.Events[0].Audience, names)
	}},
	{"who is added is a member from now on", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.sends("ana", id, "one", "two")
		o := t.add("bo", id, "cleo")
		c := o.Value.(protocol.Conversation)
		t.equal("value", c, t.conversation("bo", id))
		t.equal("events", o.Events, []store.Event{{Place: 4, Audience: []string{"ana", "bo", "cleo"}, Conversation: &protocol.ConversationEvent{
			Conversation: id, Change: protocol.Joined, Kind: protocol.Group, Name: "a group", Username: "cleo", MemberCount: 3,
		}}})
		t.equal("cleo's last seq", t.conversation("cleo", id).LastSeq, int64(0))
		t.equal("cleo's joined at", t.conversation("cleo", id).JoinedAt, t.now)
		t.send("ana", id, "three")
		t.equal("cleo's messages", t.bodies("cleo", id), []string{"three"})
		t.equal("cleo's last seq", t.conversation("cleo", id).LastSeq, int64(3))
		t.equal("bo's messages", t.bodies("bo", id), []string{"one", "two", "three"})
	}},
	{"who is a member already is not added again", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		before := t.conversation("ana", id)
		place := t.head().Place
		o := t.add("ana", id, "bo")
		t.equal("value", o.Value, any(before))
		t.equal("events", len(o.Events), 0)
		t.equal("place", t.head().Place, place)
		full := t.must(&store.AddMember{Actor: "ana", With: id, Username: "bo", At: t.tick(), Max: 2})
		t.equal("value when full", full.Value, any(before))
	}},
	{"a member is not added where it may not be", func(t *test) {
		t.users("ana", "bo", "cleo")
		id, direct := t.group("ana"), t.send("ana", "bo", "x").Conversation
		add := func(actor, with, username string, most int) *store.AddMember {
			return &store.AddMember{Actor: actor, With: with, Username: username, At: t.tick(), Max: most}
		}
		t.refuse(add("bo", id, "cleo", 9), store.ErrNotFound)
		t.refuse(add("bo", id, "bo", 9), store.ErrNotFound)
		t.refuse(add("ana", t.id(), "bo", 9), store.ErrNotFound)
		t.refuse(add("ana", "cleo", "bo", 9), store.ErrNotFound)
		t.refuse(add("ana", direct, "cleo", 9), store.ErrForbidden)
		t.refuse(add("ana", "bo", "cleo", 9), store.ErrForbidden)
		t.refuse(add("ana", id, "nobody", 9), store.ErrNoUser)
		t.refuse(add("ana", id, "bo", 1), store.ErrTooMany)
		t.equal("members", t.conversation("ana", id).Members, []string{"ana"})
	}},
	{"a membership is not ended where there is none, nor in a direct conversation", func(t *test) {
		t.users("ana", "bo")
		id, direct := t.group("ana"), t.send("ana", "bo", "x").Conversation
		remove := func(actor, with, username string) *store.RemoveMember {
			return &store.RemoveMember{Actor: actor, With: with, Username: username, At: t.tick()}
		}
		t.refuse(remove("bo", id, "bo"), store.ErrNotFound)
		t.refuse(remove("bo", id, "ana"), store.ErrNotFound)
		t.refuse(remove("ana", id, "bo"), store.ErrNoUser)
		t.refuse(remove("ana", id, "nobody"), store.ErrNoUser)
		t.refuse(remove("ana", t.id(), "ana"), store.ErrNotFound)
		t.refuse(remove("ana", direct, "ana"), store.ErrForbidden)
		t.refuse(remove("bo", "ana", "bo"), store.ErrForbidden)
		t.refuse(remove("bo", "ana", "ana"), store.ErrForbidden)
		t.leave(id, "ana")
		t.refuse(remove("ana", id, "ana"), store.ErrNotFound)
	}},
	{"an event is for the members at its place, and for who leaves at it", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		g := t.createGroup("ana", "bo")
		outcomes := t.commit(
			g,
			t.message("ana", g.ID, "1"),
			&store.AddMember{Actor: "ana", With: g.ID, Username: "cleo", At: t.tick(), Max: 9},
			t.message("ana", g.ID, "2"),
			&store.AddMember{Actor: "ana", With: g.ID, Username: "dan", At: t.tick(), Max: 9},
			&store.RemoveMember{Actor: "bo", With: g.ID, Username: "bo", At: t.tick()},
			t.message("ana", g.ID, "3"),
			&store.RemoveMember{Actor: "ana", With: g.ID, Username: "ana", At: t.tick()},
			t.message("cleo", g.ID, "4"),
		)
		var audiences [][]string
		for _, o := range outcomes {
			t.is("error", o.Err, nil)
			audiences = append(audiences, o.Events[0].Audience)
		}
		t.equal("audiences", audiences, [][]string{
			{"ana", "bo"}, {"ana", "bo"}, {"ana", "bo", "cleo"}, {"ana", "bo", "cleo"},
			{"ana", "bo", "cleo", "dan"}, {"ana", "bo", "cleo", "dan"}, {"ana", "cleo", "dan"},
			{"ana", "cleo", "dan"}, {"cleo", "dan"},
		})
		left := outcomes[5].Events[0].Conversation
		t.equal("left", *left, protocol.ConversationEvent{
			Conversation: g.ID, Change: protocol.Left, Kind: protocol.Group, Name: "a group", Username: "bo", MemberCount: 3,
		})
	}},
	{"to who has left, the conversation does not exist", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.send("bo", id, "x")
		t.leave(id, "bo")
		t.hidden("bo", id)
		t.hidden("cleo", id)
		t.hidden("nobody", id)
		t.refuse(t.message("bo", id, "x"), store.ErrNotFound)
		t.refuse(&store.AddMember{Actor: "bo", With: id, Username: "cleo", Max: 9}, store.ErrNotFound)
		t.refuse(&store.AddMember{Actor: "bo", With: id, Username: "bo", Max: 9}, store.ErrNotFound)
	}},
	{"who joins again sees what comes after", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.sends("bo", id, "one", "two")
		t.leave(id, "bo")
		t.send("ana", id, "three")
		t.add("ana", id, "bo")
		t.equal("at first", t.bodies("bo", id), []string{})
		t.equal("first seq", t.history("bo", id, everything).FirstSeq, int64(0))
		t.send("ana", id, "four")
		t.equal("later", t.bodies("bo", id), []string{"four"})
		h := t.history("bo", id, everything)
		t.equal("first and last", []int64{h.FirstSeq, h.LastSeq}, []int64{4, 4})
		t.equal("joined at", t.conversation("bo", id).JoinedAt, t.now-1000)
	}},
	{"an owner who joins again is a plain member", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		t.leave(id, "ana")
		t.add("bo", id, "ana")
		t.equal("role", t.conversation("ana", id).Role, protocol.Plain)
	}},
	{"members are listed in the order of their names, page after page", func(t *test) {
		names := t.crowd(7)
		id := t.group(names[3], slices.Concat(names[:3], names[4:])...)
		var all []protocol.Member
		after := ""
		for {
			page, err := t.Members(t.Context(), names[0], id, after, 3)
			t.is("Members", err, nil)
			all = append(all, page...)
			if len(page) < 3 {
				break
			}
			after = page[2].Username
		}
		for i, m := range all {
			role := protocol.Plain
			if i == 3 {
				role = protocol.Owner
			}
			t.equal("member", m, protocol.Member{Username: names[i], Role: role, JoinedAt: t.now})
		}
		t.equal("number", len(all), 7)
		direct, err := t.Members(t.Context(), names[0], t.send(names[0], names[1], "x").Conversation, "", 9)
		t.is("Members", err, nil)
		t.equal("number", len(direct), 2)
	}},
}

// crowd opens accounts, and returns their names sorted.
func (t *test) crowd(n int) (names []string) {
	t.Helper()
	var group []store.Mutation
	for i := range n {
		names = append(names, fmt.Sprintf("user%03d", i))
		group = append(group, &store.CreateUser{User: protocol.User{Username: names[i]}})
	}
	t.commit(group...)
	return names
}

// hidden makes sure that no read tells a user of a conversation.
func (t *test) hidden(username, id string) {
	t.Helper()
	reads := map[string]func(context.Context) error{
		"Conversation": func(ctx context.Context) error { _, err := t.Conversation(ctx, username, id); return err },
		"Members":      func(ctx context.Context) error { _, err := t.Members(ctx, username, id, "", 9); return err },
		"History":      func(ctx context.Context) error { _, err := t.History(ctx, username, id, everything); return err },
	}
	for name, read := range reads {
		t.is(name+" of "+username, read(t.Context()), store.ErrNotFound)
	}
}
