package sqlite

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

// What was deleted, or replaced by an edit, is not in the database file any
// more, however many pages it was on.
func TestDeletedIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	s.indexer.forgot = func() {} // the checkpointer is the test's
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

// On a server where nothing else is written, what was deleted or replaced is
// gone from the database file within a while.
func TestDeletedIsOverwrittenOnAQuietServer(t *testing.T) {
	for name, m := range map[string]store.Mutation{"edit": forget(0), "delete": &store.Delete{Actor: "ana", With: "ana", Seq: 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := open(t, dir, &Options{Durability: Normal})
				mustCommit(t, s, user("ana"), secret(0, 0))
				if found := secretsIn(t, s, dir); found != 2 {
					t.Fatalf("%d marks are found before", found)
				}
				s.checkpointIndex(t)
				if !bytes.Contains(contents(t, filepath.Join(dir, indexName)), []byte("ecret")) {
					t.Error("the index does not have the word")
				}
				mustCommit(t, s, m)
				time.Sleep(forgetWithin) // in the time of the bubble
				synctest.Wait()
				if found := marksIn(t, dir); found > 0 {
					t.Errorf("%d marks are left", found)
				}
				if bytes.Contains(contents(t, filepath.Join(dir, indexName)), []byte("ecret")) {
					t.Error("the index has a word that is gone")
				}
				size := logSize(t, dir)
				mustCommit(t, s, note("x"))
				if after := logSize(t, dir); after != size {
					t.Errorf("the log went on from %d to %d", size, after)
				}
			})
		})
	}
}

// When SQLite divides a page it leaves copies of the rows that it moved in the
// unused middle of this one, of which it knows no more when they are deleted. They
// are not in the file either. The database is whole, and so are long messages,
// which lie on pages of another kind.
func TestNoCopiesOfDeletedAreLeft(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	s.indexer.forgot = func() {} // the checkpointer is the test's
	mustCommit(t, s, user("ana"), user("bo"))
	r := rand.New(rand.NewPCG(1, 2))
	const count = 3000
	body := func(i int) string { return strings.Repeat(fmt.Sprint("\x02\x0a\x05\x0dstays ", i), 1+i%100*i%7*20) }
	for i := range count {
		mustCommitUnseen(t, s, secret(i, r.IntN(500)))
		// Of another conversation, so that pages are split in the middle.
		mustCommitUnseen(t, s, &store.Append{To: "bo", NewID: "c:1111111111111111111111",
			Message: protocol.Message{Sender: "ana", Body: body(i)}})
	}
	for _, i := range r.Perm(count) {
		mustCommitUnseen(t, s, forget(i))
	}
	if found := secretsIn(t, s, dir); found > 0 {
		t.Errorf("%d marks are left", found)
	}
	if found := gapsIn(t, dir); found > 0 {
		t.Errorf("%d pages have something in their gaps", found)
	}
	if got, err := s.writer.conn.pragma("integrity_check"); got != "ok" || err != nil {
		t.Errorf("the database is %s, %v", got, err)
	}
	for i := 1; i <= count; i += 100 {
		h, err := s.History(t.Context(), "ana", "bo", store.Page{From: int64(i), To: int64(i), Limit: 1, Bytes: 1 << 20})
		if err != nil || len(h.Messages) == 0 || h.Messages[0].Body != body(i-1) {
			t.Fatalf("message %d was changed: %v", i, err)
		}
	}
}

// gapsIn counts the pages of the database file in whose gap something is.
func gapsIn(t *testing.T, dir string) (found int) {
	t.Helper()
	data := contents(t, filepath.Join(dir, fileName))
	trees := 0
	for at := 0; at < len(data); at += usualPage {
		page := data[at : at+usualPage]
		if from, to, ok := gapOf(page, at == 0); ok {
			trees++
			if bytes.ContainsFunc(page[from:to], func(r rune) bool { return r != 0 }) {
				found++
			}
		}
	}
	if trees < 100 {
		t.Fatalf("only %d pages are of a b-tree", trees)
	}
	return found
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
	return marksIn(t, dir)
}

// checkpointIndex moves what was indexed to its place.
func (s *Store) checkpointIndex(t *testing.T) {
	t.Helper()
	c, err := s.indexer.dial(t.Context(), s.indexer.writing)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var busy, pages, moved int
	if _, err := c.get(scan{&busy, &pages, &moved}, checkpointRestart); err != nil || busy != 0 || moved != pages {
		t.Fatalf("%d pages of %d moved, busy %d: %v", moved, pages, busy, err)
	}
}

// marksIn counts the marks in the database file as it is.
func marksIn(t *testing.T, dir string) int {
	t.Helper()
	return bytes.Count(contents(t, filepath.Join(dir, fileName)), []byte(mark))
}
