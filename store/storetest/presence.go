package storetest

import (
	"asappchat/protocol"
	"asappchat/store"
)

// sees makes sure of which of all users a viewer may see the presence.
func (t *test) sees(viewer string, want ...string) {
	t.Helper()
	seen, err := t.Seen(t.Context(), viewer, []string{"ana", "bo", "cleo", "nobody", "ana"})
	t.is("Seen", err, nil)
	times := map[string]protocol.Time{}
	for _, name := range want {
		times[name] = 0
	}
	t.equal("whom "+viewer+" sees", seen, times)
}

func (t *test) hearers(viewer, with string, max int) []string {
	t.Helper()
	_, names, err := t.Hearers(t.Context(), viewer, with, max)
	t.is("Hearers", err, nil)
	return names
}

var presences = cases{
	{"presence is seen by who shares a conversation, and by oneself", func(t *test) {
		t.users("ana", "bo", "cleo")
		t.sees("ana", "ana")
		t.send("ana", "bo", "x")
		id := t.group("cleo", "ana")
		t.sees("ana", "ana", "bo", "cleo")
		t.sees("bo", "ana", "bo")
		t.leave(id, "ana")
		t.sees("ana", "ana", "bo")
		t.sees("cleo", "cleo")
	}},
	{"presence is not seen past a block, whoever blocks, nor by anybody when it is not shown", func(t *test) {
		t.users("ana", "bo", "cleo")
		t.group("ana", "bo", "cleo")
		t.block("ana", "bo")
		t.sees("ana", "ana", "cleo")
		t.sees("bo", "bo", "cleo")
		t.must(&store.Block{Username: "ana", Other: "bo", Remove: true})
		t.must(&store.SetPrivacy{Username: "ana", Presence: new(false)})
		t.sees("bo", "bo", "cleo")
		t.sees("ana", "ana", "bo", "cleo")
		t.must(&store.SetPrivacy{Username: "ana", Presence: new(true)})
		t.sees("bo", "ana", "bo", "cleo")
	}},
	{"a user was last seen when the latest of their sessions was", func(t *test) {
		t.users("ana", "bo")
		t.send("bo", "ana", "x")
		first, second := t.session("ana", "s1", token("1")), t.session("ana", "s2", token("2"))
		last := func() protocol.Time {
			seen, err := t.Seen(t.Context(), "bo", []string{"ana"})
			t.is("Seen", err, nil)
			return seen["ana"]
		}
		t.equal("of two sessions", last(), second.LastSeenAt)
		t.must(&store.SeeSession{ID: "s1", At: second.LastSeenAt + 5})
		t.equal("of the first", last(), second.LastSeenAt+5)
		t.must(&store.EndSession{Username: "ana", ID: "s1"})
		t.equal("of the one that is left", last(), second.LastSeenAt)
		t.must(&store.EndSession{Username: "ana", ID: "s2"})
		t.equal("of none", last(), protocol.Time(0))
		t.equal("in order", first.LastSeenAt < second.LastSeenAt, true)
	}},
	{"typing is heard by the other members", func(t *test) {
		t.users("ana", "bo", "cleo")
		group := t.group("ana", "cleo", "bo")
		direct := t.send("ana", "bo", "x").Conversation
		t.send("ana", "ana", "a note")
		t.equal("in a group", t.hearers("ana", group, 3), []string{"bo", "cleo"})
		t.equal("in a direct conversation", t.hearers("bo", direct, 3), []string{"ana"})
		t.equal("in notes", t.hearers("ana", "ana", 3), []string(nil))
		id, _, err := t.Hearers(t.Context(), "ana", "bo", 3)
		t.is("Hearers", err, nil)
		t.equal("the id", id, direct)
		t.equal("in one that is too large", t.hearers("ana", group, 2), []string(nil))
		t.must(&store.SetState{Actor: "ana", With: group, State: protocol.Closed})
		t.equal("in one that is closed", t.hearers("ana", group, 3), []string(nil))
	}},
	{"typing is heard by nobody that blocks or is blocked, nor by who takes no messages", func(t *test) {
		t.users("ana", "bo", "cleo")
		group := t.group("ana", "cleo", "bo")
		t.send("ana", "bo", "x")
		t.block("ana", "bo")
		for typist, want := range map[string][]string{"ana": {"cleo"}, "bo": {"cleo"}, "cleo": {"ana", "bo"}} {
			t.equal("in the group, of "+typist, t.hearers(typist, group, 9), want)
		}
		t.equal("of who blocks", t.hearers("ana", "bo", 9), []string(nil))
		t.equal("of who is blocked", t.hearers("bo", "ana", 9), []string(nil))
		t.must(&store.Block{Username: "ana", Other: "bo", Remove: true})
		t.setContact("bo", protocol.ContactNobody)
		t.equal("of who is not taken", t.hearers("ana", "bo", 9), []string(nil))
		t.equal("of who takes none", t.hearers("bo", "ana", 9), []string{"ana"})
		t.setContact("bo", protocol.ContactShared)
		t.equal("of who shares a group", t.hearers("ana", "bo", 9), []string{"bo"})
	}},
	{"who is not a member types nowhere", func(t *test) {
		t.users("ana", "bo", "cleo")
		group := t.group("ana", "bo")
		t.leave(group, "bo")
		for _, with := range []string{group, "ana", "nobody", "c:9999999999999999999999"} {
			_, _, err := t.Hearers(t.Context(), "bo", with, 9)
			t.is("Hearers", err, store.ErrNotFound)
		}
	}},
}
