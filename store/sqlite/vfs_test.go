package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// outside runs statements in a file as another program would.
func outside(t *testing.T, file string, statements ...string) (last string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range statements {
		if !strings.HasPrefix(text, "PRAGMA") {
			_, err = db.Exec(text)
		} else if err = db.QueryRow(text).Scan(&last); err == sql.ErrNoRows {
			err = nil
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return last
}

// A database that somebody has given auto_vacuum is refused, and left as it is.
// The index is made anew.
func TestDatabaseWithPointerMapsIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one word"))
	s.awaitIndex(t)
	s.Close()
	outside(t, filepath.Join(dir, indexName), "PRAGMA auto_vacuum = 1", "VACUUM")
	s = open(t, dir, nil)
	if got := found(t, s, "word"); got != "one word" {
		t.Errorf("found %q", got)
	}
	s.Close()
	file := filepath.Join(dir, fileName)
	outside(t, file, "PRAGMA auto_vacuum = 2", "VACUUM")
	s, err := Open(t.Context(), dir, nil)
	if err == nil || !strings.Contains(err.Error(), "auto_vacuum") {
		t.Errorf("opened: %v", err)
	}
	if err == nil {
		s.Close()
	}
	outside(t, file, "PRAGMA auto_vacuum = 0", "VACUUM")
	s = open(t, dir, nil)
	if got := notes(t, s); got != "one word" {
		t.Errorf("notes %q", got)
	}
}

// Whenever a database has pointer maps, they are not taken for pages with gaps.
func TestPointerMapsAreNotCleared(t *testing.T) {
	for what, pages := range map[string][]string{
		"when it is opened":   {"PRAGMA auto_vacuum = 2", "CREATE TABLE t (x)"},
		"when it becomes one": nil,
	} {
		t.Run(what, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), fileName)
			outside(t, file, append(pages, "PRAGMA journal_mode = wal")...)
			with, err := Normal.writing()
			if err != nil {
				t.Fatal(err)
			}
			delete(with, "auto_vacuum")
			connector, err := connectorTo(file, with)
			if err != nil {
				t.Fatal(err)
			}
			c, err := connect(context.Background(), connector, with)
			if err != nil {
				t.Fatal(err)
			}
			if pages == nil {
				pages = []string{"PRAGMA auto_vacuum = 2", "VACUUM", "CREATE TABLE t (x)"}
				for _, text := range pages {
					if err := c.run(text); err != nil {
						t.Fatal(err)
					}
				}
			}
			// The second map begins with pages that are free.
			for _, text := range []string{
				"INSERT INTO t SELECT zeroblob(3000) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) SELECT i FROM n)",
				"DELETE FROM t", "PRAGMA wal_checkpoint(TRUNCATE)",
			} {
				if err := c.run(text); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := outside(t, file, "PRAGMA auto_vacuum"); got != "2" {
				t.Fatalf("auto_vacuum is %s", got)
			}
			if got := outside(t, file, "PRAGMA integrity_check"); got != "ok" {
				t.Errorf("the check says %s", got)
			}
		})
	}
}
