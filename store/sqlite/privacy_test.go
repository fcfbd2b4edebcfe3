package sqlite

import (
	"errors"
	"fmt"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

func toBo(body string) *store.Append {
	return &store.Append{To: "bo", NewID: "c:1111111111111111111111", Message: protocol.Message{Sender: "ana", Body: body}}
}

// Who accepts whom is asked once for each conversation, until somebody changes
// it. Here nobody can be asked any more after that.
func TestOrdinaryMessagesDoNotAskForPrivacy(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"), toBo("one"), toBo("two"))
	if err := s.writer.run("ALTER TABLE blocked RENAME TO hidden"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, toBo("three"), toBo("four"))
	mustCommit(t, s, &store.SetPrivacy{Username: "cleo", Contact: protocol.ContactNobody})
	outcomes, err := s.Commit(t.Context(), []store.Mutation{toBo("five")})
	if err != nil || outcomes[0].Err == nil {
		t.Fatal("nobody was asked after a change", err)
	}
	if err := s.writer.run("ALTER TABLE hidden RENAME TO blocked"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, toBo("six"))
}

// A block holds from the next mutation of its group on, and not when its
// transaction failed.
func TestBlockHoldsAtOnceOrNever(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	block := &store.Block{Username: "bo", Other: "ana", Max: 9}
	mustCommit(t, s, user("ana"), user("bo"), toBo("one"), toBo("two"))
	if _, _, err := s.writer.attempt([]store.Mutation{block, toBo("lost"), nil}); err == nil {
		t.Fatal("no error")
	}
	mustCommit(t, s, toBo("three"))
	outcomes, err := s.Commit(t.Context(), []store.Mutation{toBo("four"), block, toBo("five")})
	if err != nil || outcomes[0].Err != nil || !errors.Is(outcomes[2].Err, store.ErrNotAccepting) {
		t.Fatal(err, outcomes[0].Err, outcomes[2].Err)
	}
}

// Who takes messages from those in their groups is asked once too, until
// somebody leaves one.
func TestSharedGroupIsAskedForUntilSomebodyLeaves(t *testing.T) {
	const id = "c:2222222222222222222222"
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"),
		&store.CreateGroup{ID: id, Creator: "cleo", Members: []string{"ana", "bo"}},
		&store.SetPrivacy{Username: "bo", Contact: protocol.ContactShared},
		&store.SetPrivacy{Username: "ana", Contact: protocol.ContactShared}, toBo("one"), toBo("two"))
	if err := s.writer.run("ALTER TABLE blocked RENAME TO hidden"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, toBo("three"))
	if err := s.writer.run("ALTER TABLE hidden RENAME TO blocked"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cleo", "ana"} {
		outcomes := mustCommitFirst(t, s, &store.RemoveMember{Actor: name, With: id, Username: name}, toBo("four"))
		if refused := errors.Is(outcomes[1].Err, store.ErrNotAccepting); refused != (name == "ana") {
			t.Errorf("after the leaving of %s: %v", name, outcomes[1].Err)
		}
	}
}

// mustCommitFirst commits a group of which only the first must be applied.
func mustCommitFirst(t *testing.T, s *Store, group ...store.Mutation) []store.Outcome {
	t.Helper()
	outcomes, err := s.Commit(t.Context(), group)
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes)
	}
	return outcomes
}

// Whether two share a group is looked up from the one in fewer conversations,
// whoever is asked for first.
func TestSharedGroupIsLookedUpFromTheFewer(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"))
	for i := range 70 {
		id := fmt.Sprintf("c:%022d", i)
		mustCommit(t, s, &store.CreateGroup{ID: id, Creator: "ana"})
		if i < 20 {
			mustCommit(t, s, &store.CreateGroup{ID: "c:1" + id[3:], Creator: "bo"})
		}
	}
	for _, c := range [][]string{{"ana", "bo"}, {"bo", "cleo"}, {"ana", "cleo"}} {
		for _, pair := range [][]string{{c[0], c[1]}, {c[1], c[0]}} {
			fewer, more, err := s.writer.byConversations(pair[0], pair[1])
			if err != nil || fewer != c[1] || more != c[0] {
				t.Errorf("of %v: %s, then %s: %v", pair, fewer, more, err)
			}
		}
	}
}
