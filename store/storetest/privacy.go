package storetest

import (
	"errors"

	"asappchat/protocol"
	"asappchat/store"
)

func (t *test) setContact(username string, contact protocol.Contact) {
	t.Helper()
	t.must(&store.SetPrivacy{Username: username, Contact: contact})
}

func (t *test) block(username, other string) {
	t.Helper()
	t.unchanged(&store.Block{Username: username, Other: other, Max: 9})
}

// accepts makes sure whether a user takes messages and invitations from another:
// in the direct conversation, in the making of one, and into groups.
func (t *test) accepts(username, from string, want bool) {
	t.Helper()
	group := t.group(from)
	defer t.leave(group, from)
	for what, m := range map[string]store.Mutation{
		"a message":     t.message(from, username, "x"),
		"an invitation": &store.AddMember{Actor: from, With: group, Username: username, At: t.tick(), Max: 9},
		"a new group":   t.createGroup(from, username),
	} {
		if want {
			o := t.must(m)
			if g, ok := m.(*store.CreateGroup); ok {
				t.leave(g.ID, username)
				t.leave(g.ID, from)
			} else if o.Events[0].Message == nil && what == "an invitation" {
				t.leave(group, username)
			}
			continue
		}
		t.refuse(m, store.ErrNotAccepting)
		var who *store.UserError
		if errors.As(t.commit(m)[0].Err, &who) && who.Username != username {
			t.Fatalf("a new group is refused because of %s", who.Username)
		}
	}
}

var privacies = cases{
	{"a user is open to all until their privacy says else", func(t *test) {
		t.users("ana")
		want := protocol.Privacy{Contact: protocol.ContactEverybody, Receipts: true, Presence: true}
		privacy := func() protocol.Privacy {
			p, err := t.Privacy(t.Context(), "ana")
			t.is("Privacy", err, nil)
			return p
		}
		t.equal("at first", privacy(), want)
		for _, m := range []*store.SetPrivacy{
			{Contact: protocol.ContactNobody}, {Receipts: new(false)}, {Presence: new(false)}, {},
			{Contact: protocol.ContactShared, Receipts: new(true), Presence: new(true)},
		} {
			m.Username = "ana"
			if m.Contact != "" {
				want.Contact = m.Contact
			}
			if m.Receipts != nil {
				want.Receipts = *m.Receipts
			}
			if m.Presence != nil {
				want.Presence = *m.Presence
			}
			t.equal("value", t.unchanged(m), any(want))
			t.equal("privacy", privacy(), want)
		}
		t.refuse(&store.SetPrivacy{Username: "nobody", Receipts: new(true)}, store.ErrNoUser)
		_, err := t.Privacy(t.Context(), "nobody")
		t.is("Privacy", err, store.ErrNotFound)
	}},
	{"messages and invitations come from whom a user takes them", func(t *test) {
		t.users("ana", "bo", "cleo")
		for range 2 { // without a conversation, and with one
			common := t.group("cleo", "ana")
			t.setContact("ana", protocol.ContactNobody)
			t.accepts("ana", "bo", false)
			t.setContact("ana", protocol.ContactShared)
			t.accepts("ana", "bo", false)
			t.accepts("ana", "cleo", true)
			t.add("cleo", common, "bo")
			t.leave(common, "cleo")
			t.accepts("ana", "bo", true)
			t.setContact("ana", protocol.ContactNobody)
			t.accepts("ana", "bo", false)
			t.leave(common, "bo")
			t.setContact("ana", protocol.ContactShared)
			t.accepts("ana", "bo", false)
			t.accepts("bo", "ana", true)
			t.setContact("ana", protocol.ContactEverybody)
			t.accepts("ana", "bo", true)
		}
	}},
	{"a direct conversation is no group that two share", func(t *test) {
		t.users("ana", "bo")
		t.send("ana", "bo", "x")
		t.setContact("ana", protocol.ContactShared)
		t.accepts("ana", "bo", false)
	}},
	{"who is blocked sends and invites no more, and the one who blocks does", func(t *test) {
		t.users("ana", "bo", "cleo")
		for range 2 {
			t.block("ana", "bo")
			t.accepts("ana", "bo", false)
			t.accepts("ana", "cleo", true)
			t.accepts("bo", "ana", true)
			t.must(&store.Block{Username: "ana", Other: "bo", Remove: true})
			t.accepts("ana", "bo", true)
		}
		common := t.group("cleo", "ana", "bo")
		t.block("ana", "bo")
		t.send("bo", common, "in a group nothing changes")
		t.setContact("ana", protocol.ContactShared)
		t.accepts("ana", "bo", false)
		t.unchanged(&store.AddMember{Actor: "bo", With: common, Username: "ana", At: t.tick(), Max: 9})
		t.send("ana", "bo", "x")
		t.equal("bo reads on", t.conversation("bo", "ana").LastMessage.Body, "x")
	}},
	{"who is not accepted edits and reacts no more, and deletes and takes back", func(t *test) {
		t.users("ana", "bo")
		t.send("bo", "ana", "1")
		t.send("ana", "bo", "2")
		t.changed(reacting("bo", "ana", 2, "a"))
		says := func(refusal error) {
			t.Helper()
			for _, m := range []store.Mutation{
				t.editing("bo", "ana", 1, "other"), t.editing("bo", "ana", 1, "1"),
				reacting("bo", "ana", 2, "b"), reacting("bo", "ana", 2, "a"),
			} {
				t.refuse(m, refusal)
			}
		}
		t.setContact("ana", protocol.ContactNobody)
		says(store.ErrNotAccepting)
		t.setContact("ana", protocol.ContactEverybody)
		t.block("ana", "bo")
		says(store.ErrNotAccepting)
		t.refuse(t.editing("bo", "ana", 2, "x"), store.ErrForbidden)
		t.refuse(reacting("bo", "ana", 3, "a"), store.ErrNoMessage)
		t.changed(t.editing("ana", "bo", 2, "other"))
		t.changed(reacting("ana", "bo", 1, "a"))
		take := reacting("bo", "ana", 2, "a")
		take.Remove = true
		t.changed(take)
		common := t.group("ana", "bo")
		t.send("bo", common, "x")
		t.changed(t.editing("bo", common, 1, "in a group nothing changes"))
		t.changed(reacting("bo", common, 1, "a"))
		t.changed(&store.Delete{Actor: "bo", With: "ana", Seq: 1})
		t.must(&store.Block{Username: "ana", Other: "bo", Remove: true})
		t.changed(reacting("bo", "ana", 2, "a"))
	}},
	{"a block counts for the mutations after it in its group", func(t *test) {
		t.users("ana", "bo")
		t.send("bo", "ana", "x")
		outcomes := t.commit(
			t.message("bo", "ana", "1"), &store.Block{Username: "ana", Other: "bo", Max: 9}, t.message("bo", "ana", "2"),
			&store.Block{Username: "ana", Other: "bo", Remove: true}, t.message("bo", "ana", "3"),
			&store.SetPrivacy{Username: "ana", Contact: protocol.ContactNobody}, t.message("bo", "ana", "4"),
		)
		for i, want := range []error{nil, nil, store.ErrNotAccepting, nil, nil, nil, store.ErrNotAccepting} {
			t.is("error", outcomes[i].Err, want)
		}
		t.equal("bodies", t.bodies("ana", "bo"), []string{"x", "1", "3"})
	}},
	{"notes to oneself are never refused", func(t *test) {
		t.users("ana")
		t.setContact("ana", protocol.ContactNobody)
		t.send("ana", "ana", "first")
		t.setContact("ana", protocol.ContactShared)
		t.send("ana", "ana", "second")
		t.send("ana", t.conversation("ana", "ana").ID, "third")
	}},
	{"a retry is judged before all else: its sender may be blocked", func(t *test) {
		t.users("ana", "bo")
		first := t.first(t.keyed("bo", "ana", "k", 1))
		t.block("ana", "bo")
		t.repeat(t.keyed("bo", "ana", "k", 1), first)
		t.refuse(t.keyed("bo", "ana", "k", 2), store.ErrConflict)
		t.refuse(t.keyed("bo", "ana", "l", 1), store.ErrNotAccepting)
		t.must(&store.Block{Username: "ana", Other: "bo", Remove: true})
		t.setContact("ana", protocol.ContactNobody)
		t.repeat(t.keyed("bo", first.Conversation, "k", 1), first)
		t.setContact("ana", protocol.ContactEverybody)
		t.equal("seq of one that was refused", t.first(t.keyed("bo", "ana", "l", 1)).Seq, int64(2))
	}},
	{"whom a user blocks is listed by name, once, up to a number", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		t.must(&store.SetProfile{Username: "cleo", Status: new("away")})
		blocked := func(username string) []protocol.User {
			users, err := t.Blocked(t.Context(), username, "", 9)
			t.is("Blocked", err, nil)
			return users
		}
		block := func(other string, remove bool) *store.Block {
			return &store.Block{Username: "ana", Other: other, Remove: remove, Max: 2}
		}
		for _, other := range []string{"cleo", "bo", "cleo", "bo"} {
			t.unchanged(block(other, false))
		}
		t.equal("blocked", blocked("ana"), []protocol.User{{Username: "bo"}, {Username: "cleo", Status: "away"}})
		t.equal("blocked by another", len(blocked("bo")), 0)
		t.refuse(block("dan", false), store.ErrTooMany)
		t.refuse(block("nobody", false), store.ErrNoUser)
		t.refuse(block("nobody", true), store.ErrNoUser)
		t.refuse(block("ana", false), store.ErrForbidden)
		t.unchanged(block("bo", true))
		t.unchanged(block("bo", true))
		t.unchanged(block("dan", false))
		t.equal("blocked at last", blocked("ana"), []protocol.User{{Username: "cleo", Status: "away"}, {Username: "dan"}})
	}},
	{"whom a user blocks is listed page by page", func(t *test) {
		t.users("ana", "bo", "cleo", "dan", "eve")
		for _, other := range []string{"eve", "cleo", "bo"} {
			t.block("ana", other)
		}
		for _, page := range []struct {
			after string
			limit int
			want  []string
		}{
			{"", 2, []string{"bo", "cleo"}}, {"cleo", 2, []string{"eve"}}, {"", 3, []string{"bo", "cleo", "eve"}},
			{"a", 1, []string{"bo"}}, {"bo", 1, []string{"cleo"}}, {"dan", 9, []string{"eve"}}, {"eve", 9, nil},
		} {
			users, err := t.Blocked(t.Context(), "ana", page.after, page.limit)
			t.is("Blocked", err, nil)
			var names []string
			for _, u := range users {
				names = append(names, u.Username)
			}
			t.equal("after "+page.after, names, page.want)
		}
	}},
	{"a profile is changed in what is given", func(t *test) {
		t.users("ana", "bo")
		for _, c := range []struct {
			name, status *string
			want         protocol.User
		}{
			{new("Ana"), nil, protocol.User{DisplayName: "Ana"}}, {nil, new("here"), protocol.User{DisplayName: "Ana", Status: "here"}},
			{nil, nil, protocol.User{DisplayName: "Ana", Status: "here"}}, {new(""), new("away"), protocol.User{Status: "away"}},
			{nil, new(""), protocol.User{}},
		} {
			c.want.Username = "ana"
			value := t.unchanged(&store.SetProfile{Username: "ana", DisplayName: c.name, Status: c.status})
			t.equal("value", value, any(c.want))
			a, err := t.Account(t.Context(), "ana")
			t.is("Account", err, nil)
			t.equal("account", a.User, c.want)
			users, err := t.Users(t.Context(), "", "", "", 9)
			t.is("Users", err, nil)
			t.equal("users", users, []protocol.User{c.want, {Username: "bo"}})
		}
		t.refuse(&store.SetProfile{Username: "nobody", Status: new("x")}, store.ErrNoUser)
	}},
	{"users who share a conversation with one are listed, and the one", func(t *test) {
		t.users("aa", "ab", "ac", "ad", "b", "c")
		t.send("ac", "aa", "x")
		id := t.group("b", "aa", "ab", "ac")
		t.send("ab", "ad", "x")
		names := func(sharing, prefix, after string, limit int) (names []string) {
			users, err := t.Users(t.Context(), sharing, prefix, after, limit)
			t.is("Users", err, nil)
			for _, u := range users {
				names = append(names, u.Username)
			}
			return names
		}
		t.equal("aa's", names("aa", "", "", 9), []string{"aa", "ab", "ac", "b"})
		t.equal("aa's with a prefix", names("aa", "a", "", 9), []string{"aa", "ab", "ac"})
		t.equal("aa's first page", names("aa", "a", "", 2), []string{"aa", "ab"})
		t.equal("aa's second page", names("aa", "a", "ab", 2), []string{"ac"})
		t.equal("of who is alone", names("c", "", "", 9), []string{"c"})
		t.equal("of who is alone, with a prefix", names("c", "a", "", 9), []string(nil))
		t.leave(id, "aa")
		t.equal("after leaving", names("aa", "", "", 9), []string{"aa", "ac"})
	}},
}
