package sqlite

import (
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// Who joins behind a message of the same group of mutations stands where they
// joined, however large the conversation is or becomes.
func TestNewcomerIsNotMovedBack(t *testing.T) {
	const id = "c:1111111111111111111111"
	for _, small := range []int{1, 2, 3, 9} {
		s := open(t, t.TempDir(), &Options{SmallGroup: small})
		mustCommit(t, s, user("ana"), user("bo"), user("cleo"),
			&store.CreateGroup{ID: id, Creator: "ana", Members: []string{"bo"}}, // at 1
			&store.Append{To: id, Message: protocol.Message{Sender: "ana"}},     // at 2
			&store.AddMember{Actor: "bo", With: id, Username: "cleo", Max: 9},   // at 3
			&store.SetPreferences{Username: "bo", With: id, Muted: new(true)},   // at 4
			&store.RemoveMember{Actor: "ana", With: id, Username: "bo"},         // at 5
		)
		for viewer, want := range map[string]store.Place{"ana": 2, "cleo": 3} {
			home, err := s.Home(t.Context(), viewer, store.HomePage{Limit: 9})
			if err != nil || len(home.Items) != 1 || home.Items[0].Activity != want {
				t.Errorf("small %d: home of %s %+v: %v", small, viewer, home.Items, err)
			}
		}
	}
}

// The markers of all who speak in one transaction are there when it has ended,
// and in the answers that are given before.
func TestEverySpeakersMarkerMoves(t *testing.T) {
	const id = "c:1111111111111111111111"
	for _, small := range []int{1, 9} {
		s := open(t, t.TempDir(), &Options{SmallGroup: small})
		say := func(sender string) store.Mutation {
			return &store.Append{To: id, Message: protocol.Message{Sender: sender}}
		}
		mustCommit(t, s, user("ana"), user("bo"), user("cleo"),
			&store.CreateGroup{ID: id, Creator: "ana", Members: []string{"bo", "cleo"}})
		outcomes := mustCommit(t, s, say("ana"), say("bo"), say("ana"), say("cleo"),
			&store.SetPreferences{Username: "ana", With: id}, say("bo"))
		if c := outcomes[4].Value.(protocol.Conversation); c.ReadSeq != 3 || c.Unread != 1 {
			t.Errorf("small %d: ana is answered %+v", small, c)
		}
		for viewer, want := range map[string]int64{"ana": 3, "bo": 5, "cleo": 4} {
			if c, err := s.Conversation(t.Context(), viewer, id); err != nil || c.ReadSeq != want || c.Unread != 5-want {
				t.Errorf("small %d: %s sees %+v: %v", small, viewer, c, err)
			}
		}
	}
}

// Changes of messages that not all members see move the members' rows once for
// the transaction, as those do that all see.
func TestChangesBeforeANewcomerMoveRowsOnce(t *testing.T) {
	const id = "c:1111111111111111111111"
	s := open(t, t.TempDir(), nil)
	mustCommit(t, s, user("ana"), user("bo"),
		&store.CreateGroup{ID: id, Creator: "ana"},
		&store.Append{To: id, Message: protocol.Message{Sender: "ana"}},
		&store.AddMember{Actor: "ana", With: id, Username: "bo", Max: 9})
	for _, text := range []string{
		"CREATE TABLE moved (username TEXT PRIMARY KEY)",
		"CREATE TRIGGER move AFTER UPDATE OF changed_place ON member BEGIN INSERT INTO moved VALUES (new.username); END",
	} {
		if err := s.writer.run(text); err != nil {
			t.Fatal(err)
		}
	}
	react := func(emoji string) store.Mutation {
		return &store.React{Actor: "ana", With: id, Seq: 1, Emoji: emoji, Max: 9}
	}
	outcomes := mustCommit(t, s, react("a"), react("b"), react("c"))
	since := outcomes[0].Events[0].Place - 1
	for viewer, want := range map[string]int{"ana": 1, "bo": 0} {
		home, err := s.Home(t.Context(), viewer, store.HomePage{Changed: true, Since: since, Limit: 9})
		if err != nil || len(home.Items) != want {
			t.Errorf("home of %s %+v: %v", viewer, home.Items, err)
		}
	}
}
