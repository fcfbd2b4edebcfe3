package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"asappchat/protocol"
	"asappchat/store"
)

// token is the hash of a token.
func token(s string) store.TokenHash { return sha256.Sum256([]byte(s)) }

var sessions = cases{
	{"a session is listed as it was opened, the oldest first", func(t *test) {
		t.users("ana", "bo")
		first, second := t.session("ana", "b", token("b")), t.session("ana", "a", token("a"))
		t.session("bo", "c", token("c"))
		t.equal("value", first, protocol.Session{Session: "b", Device: "device of b", CreatedAt: 3000, LastSeenAt: 3000})
		list, err := t.Sessions(t.Context(), "ana")
		t.is("Sessions", err, nil)
		t.equal("sessions", list, []protocol.Session{first, second})
	}},
	{"a session is not opened for a username nobody has", func(t *test) {
		t.refuse(&store.CreateSession{ID: "s", Username: "ana", Max: 9}, store.ErrNoUser)
	}},
	{"a session is not opened by a password that has been replaced", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		t.must(&store.SetPassword{Username: "ana", NewHash: "one", Keep: "s"})
		open := func(hash string) *store.CreateSession {
			return &store.CreateSession{ID: "new", Username: "ana", Token: token("new"), At: t.tick(), Max: 1, PasswordHash: hash}
		}
		t.refuse(open(""), store.ErrChanged)
		t.refuse(open("on"), store.ErrChanged)
		outcomes := t.commit(&store.SetPassword{Username: "ana", OldHash: "one", NewHash: "two", Keep: "s"}, open("one"))
		t.is("in the group of the replacement", outcomes[1].Err, store.ErrChanged)
		t.equal("ended", outcomes[1].Ended, []string(nil))
		t.equal("sessions", t.sessionIDs("ana"), []string{"s"})
		t.refuse(&store.ExchangeToken{Old: token("new"), New: token("next"), At: t.tick()}, store.ErrNotFound)
		t.equal("ended", t.must(open("two")).Ended, []string{"s"})
	}},
	{"more sessions than a user may have end those not seen for the longest time", func(t *test) {
		t.users("ana")
		for _, id := range []string{"one", "two", "three"} {
			t.session("ana", id, token(id))
		}
		t.must(&store.SeeSession{ID: "one", At: t.tick()})
		o := t.must(&store.CreateSession{ID: "four", Username: "ana", Token: token("four"), At: t.tick(), Max: 2})
		t.equal("ended", o.Ended, []string{"two", "three"})
		t.equal("left", t.sessionIDs("ana"), []string{"one", "four"})
	}},
	{"a new session ends those not seen for too long", func(t *test) {
		t.users("ana")
		t.session("ana", "one", token("one"))
		t.session("ana", "two", token("two"))
		o := t.must(&store.CreateSession{ID: "three", Username: "ana", Token: token("three"), At: t.tick(), Max: 9, Oldest: t.now - 1000})
		t.equal("ended", o.Ended, []string{"one"})
		t.equal("left", t.sessionIDs("ana"), []string{"two", "three"})
	}},
	{"a new session ends none that is connected", func(t *test) {
		t.users("ana")
		for _, id := range []string{"one", "two", "three"} {
			t.session("ana", id, token(id))
		}
		o := t.must(&store.CreateSession{ID: "four", Username: "ana", Token: token("four"), At: t.tick(), Max: 1,
			Oldest: t.now, Present: []string{"three", "one"}})
		t.equal("ended", o.Ended, []string{"two"})
		t.equal("left", t.sessionIDs("ana"), []string{"one", "three", "four"})
	}},
	{"a token is exchanged for the next one, for ever", func(t *test) {
		t.users("ana")
		session := t.session("ana", "s", token("0"))
		var group []store.Mutation
		for i := range 400 {
			group = append(group, t.exchangeToken(fmt.Sprint(i), fmt.Sprint(i+1)))
		}
		for _, o := range t.commit(group...) {
			session.LastSeenAt += 1000
			t.equal("owner", o.Value, any(store.SessionOwner{Session: session, User: protocol.User{Username: "ana"}}))
		}
		list, _ := t.Sessions(t.Context(), "ana")
		t.equal("sessions", list, []protocol.Session{session})
	}},
	{"an exchange renames the device when it says how", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		o := t.must(&store.ExchangeToken{Old: token("0"), New: token("1"), Device: "new", At: t.tick()})
		t.equal("device", o.Value.(store.SessionOwner).Session.Device, "new")
		t.equal("device later", t.exchange("1", "2").Session.Device, "new")
	}},
	{"the token used last stays good until one given out for it is used", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		t.exchange("0", "1") // of these answers one arrives
		t.exchange("0", "2")
		t.exchange("0", "3")
		t.exchange("2", "4")
		t.exchange("2", "5")
		t.exchange("4", "6")
	}},
	{"a token stays good however often it is used", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("same"))
		var group []store.Mutation
		for i := range 400 {
			group = append(group, t.exchangeToken("same", fmt.Sprint(i)))
		}
		for _, o := range t.commit(group...) {
			t.is("ExchangeToken", o.Err, nil)
		}
		t.exchange("399", "next")
		t.exchange("next", "last")
	}},
	{"a token that was replaced ends its session", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		t.exchange("0", "1")
		t.exchange("1", "2")
		t.reuse("0", "1", "2")
	}},
	{"a token ends its session when another was used that was given out with it", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		t.exchange("0", "1")
		t.exchange("0", "2")
		t.exchange("1", "3")
		t.reuse("2", "0", "1", "3")
	}},
	{"a token that was never given out ends nothing", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		t.refuse(&store.ExchangeToken{Old: token("x"), New: token("y"), At: t.tick()}, store.ErrNotFound)
		t.equal("sessions", t.sessionIDs("ana"), []string{"s"})
		t.exchange("0", "1")
	}},
	{"a session that was not seen for too long is ended by its token", func(t *test) {
		t.users("ana")
		t.session("ana", "s", token("0"))
		at := t.now
		t.must(&store.ExchangeToken{Old: token("0"), New: token("1"), At: at, Oldest: at})
		o := t.commit(&store.ExchangeToken{Old: token("1"), New: token("2"), At: at + 2, Oldest: at + 1})[0]
		t.is("ExchangeToken", o.Err, store.ErrNotFound)
		t.equal("ended", o.Ended, []string{"s"})
		t.equal("sessions", t.sessionIDs("ana"), []string(nil))
	}},
	{"a session is seen later, never earlier, and an unknown one is ignored", func(t *test) {
		t.users("ana")
		s := t.session("ana", "s", token("0"))
		t.must(&store.SeeSession{ID: "s", At: s.CreatedAt + 5})
		t.must(&store.SeeSession{ID: "s", At: s.CreatedAt + 3})
		t.must(&store.SeeSession{ID: "unknown", At: s.CreatedAt + 9})
		list, _ := t.Sessions(t.Context(), "ana")
		s.LastSeenAt += 5
		t.equal("sessions", list, []protocol.Session{s})
	}},
	{"a session is ended by its user, and its tokens with it", func(t *test) {
		t.users("ana", "bo")
		t.session("ana", "s", token("0"))
		t.refuse(&store.EndSession{Username: "bo", ID: "s"}, store.ErrNotFound)
		t.equal("ended", t.must(&store.EndSession{Username: "ana", ID: "s"}).Ended, []string{"s"})
		t.refuse(&store.EndSession{Username: "ana", ID: "s"}, store.ErrNotFound)
		t.refuse(&store.ExchangeToken{Old: token("0"), New: token("1"), At: t.tick()}, store.ErrNotFound)
		t.equal("sessions", t.sessionIDs("ana"), []string(nil))
	}},
}

func (t *test) session(username, id string, hash store.TokenHash) protocol.Session {
	t.Helper()
	return t.must(&store.CreateSession{
		ID: id, Username: username, Device: "device of " + id, Token: hash, At: t.tick(), Max: 9,
	}).Value.(protocol.Session)
}

func (t *test) sessionIDs(username string) (ids []string) {
	t.Helper()
	list, err := t.Sessions(t.Context(), username)
	t.is("Sessions", err, nil)
	for _, s := range list {
		ids = append(ids, s.Session)
	}
	return ids
}

func (t *test) exchangeToken(old, next string) *store.ExchangeToken {
	return &store.ExchangeToken{Old: token(old), New: token(next), At: t.tick()}
}

func (t *test) exchange(old, next string) store.SessionOwner {
	t.Helper()
	return t.must(t.exchangeToken(old, next)).Value.(store.SessionOwner)
}

// reuse uses a token that is no longer good, and then others, which the end of
// the session "s" has taken with it.
func (t *test) reuse(stale string, others ...string) {
	t.Helper()
	o := t.commit(&store.ExchangeToken{Old: token(stale), New: token("stolen"), At: t.tick()})[0]
	if !errors.Is(o.Err, store.ErrTokenReused) {
		t.Fatalf("stale token: error %v", o.Err)
	}
	t.equal("ended", o.Ended, []string{"s"})
	t.equal("sessions", t.sessionIDs("ana"), []string(nil))
	for _, other := range append(others, stale, "stolen") {
		t.refuse(&store.ExchangeToken{Old: token(other), New: token("more"), At: t.tick()}, store.ErrNotFound)
	}
}
