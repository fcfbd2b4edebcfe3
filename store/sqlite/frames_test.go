package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// What a commit adds to the write-ahead log is one write.
func TestCommitIsOneWrite(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Unindexed: true})
	mustCommit(t, s, user("ana"), note("one"))
	counted := countLogWrites(t)
	for range 10 {
		mustCommit(t, s, note("two"))
	}
	if got := counted(); got != 10 {
		t.Errorf("10 commits made %d writes", got)
	}
}

var (
	logWrites     atomic.Int64
	usualLogWrite uintptr
)

func countingWrite(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	logWrites.Add(1)
	return function[writeFunc](usualLogWrite)(tls, file, bytes, n, offset)
}

// countLogWrites counts the writes that reach write-ahead logs from now on.
func countLogWrites(t *testing.T) (counted func() int64) {
	t.Helper()
	logWrites.Store(0)
	replaceLogWrite(t, pointerTo(countingWrite))
	return logWrites.Load
}

// Whatever a connection does, what it has committed is in the files when it has: with
// a cache so small that transactions are written before they end, with
// statements that are undone, and with checkpoints. They are read as somebody
// does who finds them after a crash, with SQLite's own way to the files.
func TestCommittedFramesAreInTheFile(t *testing.T) {
	for _, durability := range []Durability{Full, Normal} {
		t.Run(string(durability), func(t *testing.T) {
			dir := t.TempDir()
			with, err := durability.writing()
			if err != nil {
				t.Fatal(err)
			}
			with["cache_size"] = "8"
			file := filepath.Join(dir, "t.db")
			c := dialFile(t, file, with)
			mustRun(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB)")
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 300 {
				mustRun(t, c, "BEGIN IMMEDIATE")
				for range r.IntN(8) {
					change(t, c, r)
				}
				if r.IntN(4) == 0 {
					mustRun(t, c, "ROLLBACK")
				} else {
					mustRun(t, c, "COMMIT")
				}
				wantCopy(t, file, rowsOf(t, c))
				if t.Failed() {
					t.Fatalf("after transaction %d", i)
				}
				if mode := r.IntN(40); mode < 3 {
					mustRun(t, c, "PRAGMA wal_checkpoint("+[]string{"PASSIVE", "RESTART", "TRUNCATE"}[mode]+")")
				}
			}
		})
	}
}

// What was held when a write failed is not lost: SQLite may have been reading, and
// then undoes one statement and commits those before.
func TestFramesHeldWhileAWriteFailsAreCommitted(t *testing.T) {
	hit := 0
	for i := range 20 {
		file := filepath.Join(t.TempDir(), "t.db")
		with, err := Full.writing()
		if err != nil {
			t.Fatal(err)
		}
		with["cache_size"] = "8"
		c := dialFile(t, file, with)
		mustRun(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB)")
		mustRun(t, c, "CREATE TABLE u (id INTEGER PRIMARY KEY, body BLOB)")
		for id := range 40 {
			mustRun(t, c, fmt.Sprintf("INSERT INTO t VALUES (%d, 'n%[1]d', randomblob(3000))", id))
			mustRun(t, c, fmt.Sprintf("INSERT INTO u VALUES (%d, randomblob(3000))", id))
		}
		mustRun(t, c, "BEGIN IMMEDIATE")
		mustRun(t, c, fmt.Sprintf("UPDATE t SET body = randomblob(3000) WHERE id < %d", 5+i))
		mustRun(t, c, fmt.Sprintf("INSERT INTO t VALUES (9000, 'large', randomblob(%d))", 30000+3000*i))
		failing := failNextLogWrite(t)
		err = c.run(fmt.Sprintf("INSERT INTO t SELECT id + 5000, id || 'q', '' FROM u WHERE id >= %d", i))
		if !failing() && err != nil {
			hit++
		}
		if c.run("COMMIT") != nil {
			continue // it was undone
		}
		wantCopy(t, file, rowsOf(t, c))
	}
	if hit == 0 {
		t.Error("no statement failed")
	}
}

var failLogWrite atomic.Bool

func failingWrite(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	if failLogWrite.Swap(false) {
		return engine.SQLITE_FULL
	}
	return function[writeFunc](usualLogWrite)(tls, file, bytes, n, offset)
}

// failNextLogWrite has the next write that reaches a write-ahead log fail, until
// failing is called, which says whether none has.
func failNextLogWrite(t *testing.T) (failing func() bool) {
	t.Helper()
	failLogWrite.Store(true)
	replaceLogWrite(t, pointerTo(failingWrite))
	return func() bool { return failLogWrite.Swap(false) }
}

// replaceLogWrite puts another function, which may call usualLogWrite, in the place
// of the one by which write-ahead logs are written.
func replaceLogWrite(t *testing.T, with uintptr) {
	t.Helper()
	replaced[1].Range(func(_, p any) bool {
		if m := at[methods](p.(uintptr)); m.usual.FxWrite != with {
			usualLogWrite, m.usual.FxWrite = m.usual.FxWrite, with
			t.Cleanup(func() { m.usual.FxWrite = usualLogWrite })
		}
		return true
	})
}

// change changes some rows, and sometimes undoes that.
func change(t *testing.T, c *conn, r *rand.Rand) {
	t.Helper()
	undone := r.IntN(4) == 0
	if undone {
		mustRun(t, c, "SAVEPOINT s")
	}
	id, size := r.IntN(400), r.IntN(10000)
	switch r.IntN(4) {
	case 0:
		mustRun(t, c, fmt.Sprintf("INSERT OR REPLACE INTO t VALUES (%d, 'n%d', randomblob(%d))", id, r.IntN(400), size))
	case 1:
		mustRun(t, c, fmt.Sprintf("INSERT OR REPLACE INTO t SELECT id + 20, name || 'x', body FROM t WHERE id BETWEEN %d AND %d", id, id+20))
	case 2:
		mustRun(t, c, fmt.Sprintf("UPDATE t SET body = randomblob(%d) WHERE id BETWEEN %d AND %d", size, id, id+20))
	case 3:
		mustRun(t, c, fmt.Sprintf("DELETE FROM t WHERE id BETWEEN %d AND %d", id, id+5))
	}
	if undone {
		mustRun(t, c, "ROLLBACK TO s")
	}
}

func dialFile(t *testing.T, file string, with settings) *conn {
	t.Helper()
	connector, err := connectorTo(file, with)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := connector.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	return &conn{Conn: inner}
}

func mustRun(t *testing.T, c *conn, text string) {
	t.Helper()
	if err := c.run(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

const readRows = "SELECT count(*) || ' ' || coalesce(group_concat(id || name || length(body) || hex(substr(body, 1, 4))), '') FROM (SELECT * FROM t ORDER BY id)"

func rowsOf(t *testing.T, c *conn) string {
	t.Helper()
	stmt, err := c.prepare(readRows)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var content string
	if err := readAll(rows, scan{&content}, func(error) bool { return true }); err != nil {
		t.Fatal(err)
	}
	return content
}

// wantCopy opens a copy of the files and compares.
func wantCopy(t *testing.T, file, want string) {
	t.Helper()
	dir := t.TempDir()
	for _, ending := range []string{"", "-wal"} {
		data, err := os.ReadFile(file + ending)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "t.db"+ending), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	usual := &url.URL{Scheme: "file", Path: filepath.Join(dir, "t.db"), RawQuery: "vfs=unix"}
	db, err := sql.Open("sqlite", usual.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var whole, content string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("the copy is %s: %v", whole, err)
	}
	if err := db.QueryRow(readRows).Scan(&content); err != nil || content != want {
		t.Errorf("the copy has %.80s, want %.80s: %v", content, want, err)
	}
}
