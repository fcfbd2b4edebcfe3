package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"asappchat/protocol"
	"asappchat/store"
)

// The conversations of the old database.
const (
	oldDirect = "c:1111111111111111111111" // of ana and bo, with words from both
	oldGroup  = "c:2222222222222222222222" // cleo opened it, and has left
	oldLarge  = "c:3333333333333333333333" // its members have no places
)

// oldData is what a program of the first migration had written. After what
// each statement says stands the place at which it happened.
var oldData = []string{
	`INSERT INTO log VALUES (1, 100, 'an epoch', x'000102030405060708090a0b0c0d0e0f')`,
	`INSERT INTO account VALUES ('ana', 'Ana', '', 1000), ('bo', '', 'a hash', 1000), ('cleo', '', '', 1000), ('dan', '', '', 1000)`,
	`INSERT INTO session VALUES (1, 's:1', 'ana', 'a device', 2000, 3000, 0, 1)`,
	`INSERT INTO token VALUES (zeroblob(32), 's:1', 0, 0)`,
	`INSERT INTO conversation VALUES (1, '` + oldDirect + `', 'ana', 'bo', '', 2, 4000)`,
	`INSERT INTO conversation VALUES (2, '` + oldGroup + `', NULL, NULL, 'a group', 3, 5000)`,
	`INSERT INTO conversation VALUES (3, '` + oldLarge + `', NULL, NULL, 'a crowd', 2, 6000)`,
	// The messages of the direct conversation are at 4 to 43, those of the group
	// at 44 to 83, those of the large one at 84 to 97.
	`INSERT INTO member VALUES (1, 'ana', 'member', 4000, 1, 1, 43), (1, 'bo', 'member', 4000, 1, 1, 43)`,
	`INSERT INTO member VALUES (2, 'ana', 'member', 5000, 2, 1, 99), (2, 'bo', 'member', 5000, 2, 1, 99)`,
	`INSERT INTO member VALUES (2, 'dan', 'member', 7000, 98, 41, 99)`,
	`INSERT INTO former VALUES (2, 'cleo', 99)`,
	`INSERT INTO member VALUES (3, 'ana', 'owner', 6000, 3, 1, NULL), (3, 'bo', 'member', 8000, 100, 15, NULL)`,
	`INSERT INTO sent VALUES (x'6f6c6400000000000000000000000000', 'ana', zeroblob(16), 1, 1)`,
}

// oldMessages are as many in each conversation, with the place of the first.
var oldMessages = []struct {
	conversation, place, count int
	senders                    []string
}{{1, 4, 40, []string{"ana", "bo"}}, {2, 44, 40, []string{"cleo", "bo"}}, {3, 84, 14, []string{"ana"}}}

func oldBody(conversation, seq int) string {
	return fmt.Sprintf("old message %d of %d %s", seq, conversation, strings.Repeat("x", 1000))
}

// oldDatabase makes the database of a program of the first migration.
func oldDatabase(t *testing.T, dir string) {
	t.Helper()
	text, err := migrations.ReadFile("migrations/00001_start.sql")
	if err != nil {
		t.Fatal(err)
	}
	with, _ := Full.writing()
	file := filepath.Join(dir, fileName)
	first := fstest.MapFS{"00001_start.sql": {Data: text}}
	if err := migrateTo(t.Context(), file, with, first, (*Options)(nil).log()); err != nil {
		t.Fatal(err)
	}
	connector, err := connectorTo(file, with)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if err := writeOld(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

func writeOld(ctx context.Context, db *sql.DB) error {
	for _, text := range oldData {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	for _, m := range oldMessages {
		for i := range m.count {
			_, err := db.ExecContext(ctx, `INSERT INTO message VALUES (?, ?, ?, 1, ?, ?, '', 0, '', '', ?)`,
				m.conversation, i+1, m.place+i, 9000+i, m.senders[i%len(m.senders)], oldBody(m.conversation, i+1))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOld makes sure that all of the old database is there and means what it
// meant, in a store that has been opened.
func checkOld(t *testing.T, s *Store) {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil || head.Place != 100 || head.Epoch != "an epoch" || len(head.CursorKey) != 16 {
		t.Fatalf("head %+v: %v", head, err)
	}
	account, err := s.Account(t.Context(), "bo")
	if err != nil || account.PasswordHash != "a hash" {
		t.Fatalf("account %+v: %v", account, err)
	}
	privacy, err := s.Privacy(t.Context(), "bo")
	if want := (protocol.Privacy{Contact: protocol.ContactEverybody, Receipts: true, Presence: true}); err != nil || privacy != want {
		t.Fatalf("privacy %+v: %v", privacy, err)
	}
	sessions, err := s.Sessions(t.Context(), "ana")
	if err != nil || len(sessions) != 1 || sessions[0].Session != "s:1" {
		t.Fatalf("sessions %+v: %v", sessions, err)
	}
	checkOldMessages(t, s)
	checkOldHome(t, s)
	checkOldEvents(t, s)
}

func checkOldMessages(t *testing.T, s *Store) {
	t.Helper()
	page := store.Page{From: 1, To: 1 << 40, Limit: 100, Bytes: 1 << 30}
	for i, with := range []string{"bo", oldGroup, oldLarge} {
		want := oldMessages[i]
		h, err := s.History(t.Context(), "ana", with, page)
		if err != nil || len(h.Messages) != want.count || h.LastSeq != int64(want.count) {
			t.Fatalf("history of %s: %d messages, last %d: %v", with, len(h.Messages), h.LastSeq, err)
		}
		for j, m := range h.Messages {
			if m.Body != oldBody(want.conversation, j+1) || m.Rev != 1 || m.EditedAt != 0 || m.Deleted || m.Reactions != nil {
				t.Fatalf("message %d of %s: %+v", j+1, with, m)
			}
		}
	}
}
