package storetest

import (
	"asappchat/protocol"
	"asappchat/store"
)

var accounts = cases{
	{"an account is read as it was opened", func(t *test) {
		user := protocol.User{Username: "ana", DisplayName: "Ana B."}
		o := t.must(&store.CreateUser{User: user, PasswordHash: "hash", At: t.tick()})
		t.equal("value", o.Value, any(user))
		a, err := t.Account(t.Context(), "ana")
		t.is("Account", err, nil)
		t.equal("account", a, store.Account{User: user, PasswordHash: "hash"})
	}},
	{"a username nobody has is not found", func(t *test) {
		t.users("ana")
		_, err := t.Account(t.Context(), "an")
		t.is("Account", err, store.ErrNotFound)
	}},
	{"a username is given out once", func(t *test) {
		first := &store.CreateUser{User: protocol.User{Username: "ana"}, PasswordHash: "first", At: t.tick()}
		second := &store.CreateUser{User: protocol.User{Username: "ana"}, PasswordHash: "second", At: t.tick()}
		outcomes := t.commit(first, second)
		t.is("first", outcomes[0].Err, nil)
		t.is("second", outcomes[1].Err, store.ErrExists)
		t.refuse(second, store.ErrExists)
		a, _ := t.Account(t.Context(), "ana")
		t.equal("hash", a.PasswordHash, "first")
	}},
	{"users are listed by prefix in the order of their names by bytes", func(t *test) {
		t.users("b", "ab", "a_b", "a-b", "a.b", "a1", "a", "aa")
		t.equal("all", t.userNames("", "", 100), []string{"a", "a-b", "a.b", "a1", "a_b", "aa", "ab", "b"})
		t.equal("prefix a", t.userNames("a", "", 100), []string{"a", "a-b", "a.b", "a1", "a_b", "aa", "ab"})
		t.equal("prefix a_", t.userNames("a_", "", 100), []string{"a_b"})
		t.equal("prefix c", t.userNames("c", "", 100), []string(nil))
	}},
	{"users are listed page after page", func(t *test) {
		t.users("aa", "ab", "ac", "ad", "b")
		t.equal("first page", t.userNames("a", "", 2), []string{"aa", "ab"})
		t.equal("second page", t.userNames("a", "ab", 2), []string{"ac", "ad"})
		t.equal("third page", t.userNames("a", "ad", 2), []string(nil))
		t.equal("after a name nobody has", t.userNames("", "abc", 2), []string{"ac", "ad"})
		t.equal("after all of the prefix", t.userNames("a", "b", 2), []string(nil))
		t.equal("from before the prefix", t.userNames("b", "a", 2), []string{"b"})
	}},
	{"a password is replaced if it still is what it was", func(t *test) {
		t.users("ana", "bo")
		t.must(&store.SetPassword{Username: "ana", NewHash: "one"})
		t.refuse(&store.SetPassword{Username: "ana", NewHash: "two"}, store.ErrChanged)
		t.refuse(&store.SetPassword{Username: "nobody", NewHash: "two"}, store.ErrChanged)
		t.must(&store.SetPassword{Username: "ana", OldHash: "one", NewHash: "three"})
		a, _ := t.Account(t.Context(), "ana")
		t.equal("hash", a.PasswordHash, "three")
		b, _ := t.Account(t.Context(), "bo")
		t.equal("hash of another", b.PasswordHash, "")
	}},
	{"a new password ends all other sessions of its user", func(t *test) {
		t.users("ana", "bo")
		for _, id := range []string{"one", "two", "three"} {
			t.session("ana", id, token(id))
		}
		t.session("bo", "other", token("other"))
		o := t.must(&store.SetPassword{Username: "ana", NewHash: "new", Keep: "two"})
		t.equal("ended", o.Ended, []string{"one", "three"})
		t.equal("left of ana's", t.sessionIDs("ana"), []string{"two"})
		t.equal("left of bo's", t.sessionIDs("bo"), []string{"other"})
		t.refuse(&store.ExchangeToken{Old: token("one"), New: token("new"), At: t.tick()}, store.ErrNotFound)
	}},
}

func (t *test) userNames(prefix, after string, limit int) (names []string) {
	t.Helper()
	users, err := t.Users(t.Context(), "", prefix, after, limit)
	t.is("Users", err, nil)
	for _, u := range users {
		names = append(names, u.Username)
	}
	return names
}
