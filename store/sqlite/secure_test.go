package sqlite

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// What was deleted, or replaced by an edit, is not in the database file any
// more, however many pages it was on.
func TestDeletedIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"), user("bo"))
	const count = 100
	for i := range count {
		mustCommitUnseen(t, s, secret(i, i*i*6))
	}
	if found := secretsIn(t, s, dir); found != 2*count {
		t.Fatalf("%d marks of %d secrets are found before", found, count)
	}
	for i := range count {
		mustCommitUnseen(t, s, forget(i))
	}
	if found := secretsIn(t, s, dir); found > 0 {
		t.Errorf("%d marks are left", found)
	}
}

// When SQLite makes a page anew whose rows have become too many, it may leave
// copies of those that it moved to another page in the unused middle of this
// one, of which it knows no more when the rows are deleted. In this test those
// of about one message in a hundred are left; without secure_delete, those of a half.
func TestFewCopiesOfDeletedAreLeft(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"), user("bo"))
	r := rand.New(rand.NewPCG(1, 2))
	const count = 3000
	for i := range count {
		mustCommitUnseen(t, s, secret(i, r.IntN(500)))
		// Of another conversation, so that pages are split in the middle.
		mustCommitUnseen(t, s, &store.Append{To: "bo", NewID: "c:1111111111111111111111",
			Message: protocol.Message{Sender: "ana", Body: strings.Repeat("stays ", r.IntN(100))}})
	}
	for _, i := range r.Perm(count) {
		mustCommitUnseen(t, s, forget(i))
	}
	found := secretsIn(t, s, dir)
	t.Logf("%d marks are left of %d", found, 2*count)
	if found > count/50 {
		t.Errorf("%d marks are left", found)
	}
}

const mark = "a-secret-of-ana's"

// secret is a note, of a size at least, with the mark at both ends.
func secret(i, size int) *store.Append {
	return note(fmt.Sprintf("%s %d %s %s", mark, i, strings.Repeat("x", size), mark))
}

// forget deletes a note of ana's, or replaces what it says.
func forget(i int) store.Mutation {
	seq := int64(i) + 1
	if i%3 == 0 {
		return &store.Edit{Actor: "ana", With: "ana", Seq: seq, Body: strings.Repeat("harmless ", i%100)}
	}
	return &store.Delete{Actor: "ana", With: "ana", Seq: seq}
}

// secretsIn moves what was committed and indexed to its place, and counts the marks in the
// database file.
func secretsIn(t *testing.T, s *Store, dir string) int {
	t.Helper()
	s.indexer.poke() // the commits were unseen
	s.awaitIndex(t)
	var busy, pages, moved int
	if _, err := s.checkpointer.conn.get(scan{&busy, &pages, &moved}, checkpointRestart); err != nil || busy != 0 || moved != pages {
		t.Fatalf("%d pages of %d moved, busy %d: %v", moved, pages, busy, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(data, []byte(mark))
}
