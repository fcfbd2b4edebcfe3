package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asappchat/store"
	"asappchat/store/words"
)

// found are the bodies of ana's notes that a search finds, once all is indexed.
func found(t testing.TB, s *Store, text string) string {
	t.Helper()
	s.awaitIndex(t)
	q, err := words.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Search(t.Context(), "ana", store.Query{Words: q, Limit: 1000})
	if err != nil || h.Behind {
		t.Fatal(h.Behind, err)
	}
	var bodies []string
	for _, hit := range h.Items {
		bodies = append(bodies, hit.Message.Body)
	}
	return strings.Join(bodies, ", ")
}

func edit(seq int64, body string) *store.Edit {
	return &store.Edit{Actor: "ana", With: "ana", Seq: seq, Body: body}
}

func remove(seq int64) *store.Delete { return &store.Delete{Actor: "ana", With: "ana", Seq: seq} }

// An index that is lost, damaged, older, newer or of something else is made
// anew, and finds the same.
func TestIndexIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, indexName)
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one word"), note("two words"), note("three words"), edit(2, "a second word"), remove(3))
	const want = "a second word, one word"
	if got := found(t, s, "word"); got != want {
		t.Fatal(got)
	}
	early := contents(t, file)
	for name, spoil := range map[string]func(){
		"as it was": func() {},
		"missing":   func() { os.Remove(file) },
		"empty":     func() { os.WriteFile(file, nil, 0o600) },
		"garbage":   func() { os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600) },
		"cut":       func() { os.Truncate(file, 4096) },
		"older":     func() { os.WriteFile(file, early, 0o600) },
		"zeros within": func() {
			image := contents(t, file)
			clear(image[2*4096:])
			os.WriteFile(file, image, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.Close()
			spoil()
			s = open(t, dir, nil)
			mustCommit(t, s, note("more"), remove(s.lastNote(t)))
			if name == "zeros within" { // what finds it says so, and has it made anew
				q, _ := words.Parse("word")
				s.Search(context.Background(), "ana", store.Query{Words: q, Limit: 9})
				mustCommit(t, s, note("more"), remove(s.lastNote(t)))
			}
			if got := found(t, s, "word"); got != want {
				t.Errorf("found %q", got)
			}
			if got := found(t, s, "more"); got != "" {
				t.Errorf("found %q", got)
			}
		})
	}
}

// lastNote is the seq that ana's next note will have.
func (s *Store) lastNote(t *testing.T) int64 {
	t.Helper()
	h, err := s.History(t.Context(), "ana", "ana", store.Page{From: 1, To: 1 << 40, Limit: 1, Bytes: 1, FromEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	return h.LastSeq + 1
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// An index that is ahead of the database, which lost its end with the power, is
// of messages that never were.
func TestIndexAheadOfTheDatabaseIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	s.awaitIndex(t)
	s.Close()
	before := contents(t, filepath.Join(dir, fileName))
	s = open(t, dir, nil)
	mustCommit(t, s, note("two"), note("three"))
	s.awaitIndex(t)
	s.Close()
	if err := os.WriteFile(filepath.Join(dir, fileName), before, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, nil)
	mustCommit(t, s, note("other two"))
	if got := found(t, s, "two") + found(t, s, "three"); got != "other two" {
		t.Errorf("found %q", got)
	}
}

// The first start with an index finds what was there before.
func TestOldMessagesAreIndexed(t *testing.T) {
	dir := t.TempDir()
	oldDatabase(t, dir)
	s := open(t, dir, nil)
	if got := found(t, s, `"old message 7"`); strings.Count(got, "old message 7 of") != len(oldMessages) {
		t.Errorf("found %q", got)
	}
}

// What was committed while nothing was indexed is indexed later, and what was
// indexed before that is forgotten.
func TestUnindexedIsIndexedLater(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one word"), note("two words"), note("three words"))
	s.awaitIndex(t)
	s.Close()
	s = open(t, dir, &Options{Unindexed: true})
	mustCommit(t, s, note("four words"), edit(2, "a second word"), remove(3))
	s.Close()
	s = open(t, dir, nil)
	const want = "four words, a second word, one word"
	if got := found(t, s, "word*"); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	s.onlyHas(t, want)
}

// However the work of the index and the changes of messages fall together, the
// index ends as what it should be: it forgets exactly what it was given.
func TestIndexFollowsChanges(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"), note("word 0"))
	r, bodies := rand.New(rand.NewPCG(1, 2)), []string{"word 0"}
	for step := range 300 {
		var group []store.Mutation
		for range 1 + r.IntN(4) {
			body := fmt.Sprint("word ", r.IntN(20))
			switch seq := r.IntN(len(bodies)); {
			case r.IntN(3) == 0:
				group, bodies = append(group, note(body)), append(bodies, body)
			case bodies[seq] == "":
			case r.IntN(3) == 0:
				group, bodies[seq] = append(group, remove(int64(seq+1))), ""
			default:
				group, bodies[seq] = append(group, edit(int64(seq+1), body)), body
			}
		}
		if len(group) > 0 {
			mustCommit(t, s, group...)
		}
		switch step % 50 {
		case 20:
			s.awaitIndex(t)
		case 30: // made anew while the changes go on
			s.indexer.damaged.Store(true)
			s.indexer.poke()
		case 40:
			s.Close()
			s = open(t, dir, &Options{Durability: Normal})
		}
	}
	slices.Reverse(bodies)
	want := strings.Join(slices.DeleteFunc(bodies, func(b string) bool { return b == "" }), ", ")
	if got := found(t, s, "word"); got != want {
		t.Errorf("found %q\nwant %q", got, want)
	}
	s.onlyHas(t, want)
}

// onlyHas makes sure that the index has no words but those of a text.
func (s *Store) onlyHas(t *testing.T, text string) {
	t.Helper()
	s.Close()
	x := s.indexer.index
	c, err := x.dial(context.Background(), x.writing)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, statement := range []string{
		`INSERT INTO entry (entry) VALUES ('integrity-check')`,
		`CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, entry, instance)`,
	} {
		if err := c.execText(statement); err != nil {
			t.Fatal(err)
		}
	}
	stmt, err := c.prepare(`SELECT count(*) FROM temp.vocabulary WHERE term GLOB '*z*'`)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	values := make([]driver.Value, 1)
	if err := rows.Next(values); err != nil {
		t.Fatal(err)
	}
	want := 0
	for range words.Of(text) {
		want++
	}
	if got := values[0].(int64); got != int64(want) {
		t.Errorf("%d words in the index, want %d", got, want)
	}
}

// Of what was deleted or replaced nothing is left in any file once the index
// has passed and all was moved to its place.
func TestNothingIsLeftOfWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	r := rand.New(rand.NewPCG(3, 4))
	secret := func() string {
		b := make([]byte, 24)
		for i := range b {
			b[i] = 'a' + byte(r.IntN(26))
		}
		return string(b)
	}
	messages := int64(3000)
	if testing.Short() {
		messages = 600
	}
	var gone, kept [][]byte
	for seq := int64(1); seq <= messages; {
		var notes, changes []store.Mutation
		for range 100 {
			word := secret()
			notes = append(notes, note("the word "+word))
			// A term begins like the one before it, which is not written again.
			tail := []byte(word[8:])
			switch seq % 3 {
			case 0:
				gone, changes = append(gone, tail), append(changes, remove(seq))
			case 1:
				gone, changes = append(gone, tail), append(changes, edit(seq, "the other word"))
			default:
				kept = append(kept, tail)
			}
			seq++
		}
		mustCommit(t, s, notes...)
		s.awaitIndex(t)
		mustCommit(t, s, changes...)
	}
	s.awaitIndex(t)
	s.Close()
	for _, name := range []string{fileName, indexName} {
		image := contents(t, filepath.Join(dir, name))
		has := func(words [][]byte) (n int) {
			for _, word := range words {
				if bytes.Contains(image, word) {
					n++
				}
			}
			return n
		}
		if n := has(gone); n > 0 {
			t.Errorf("%s has %d of %d words that are gone", name, n, len(gone))
		}
		if n := has(kept); n < len(kept)/2 {
			t.Errorf("%s has only %d of %d words that are not gone", name, n, len(kept))
		}
	}
}

func TestIndexFileIsForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, nil)
	info, err := os.Stat(filepath.Join(dir, indexName))
	if err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Fatalf("%v: %v", info, err)
	}
}
