package sqlite

import (
	"errors"
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
