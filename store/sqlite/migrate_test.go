package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// released are the migrations that are in use somewhere. A new one is added
// here when it is released; none is ever changed.
var released = map[string]string{
	"migrations/00001_start.sql":  "dc7e0e83a37267cba665be465d1d36803fe01a42ace573e3e97727f5ed072faa",
	"migrations/00002_home.sql":   "94d1622ccec4824673d12f15b5aaef0bbc89dce86f642ac9d82d026742ab30a2",
	"migrations/00003_search.sql": "ef6359b0d66d4122aecbb5e8c4ea75651bf2012262500315eb8005a2cdf9616e",
}

func TestReleasedMigrationsDoNotChange(t *testing.T) {
	files, err := fs.Glob(migrations, "migrations/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(released) {
		t.Errorf("%d migrations, and %d that are listed", len(files), len(released))
	}
	for _, name := range files {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:]); got != released[name] {
			t.Errorf("%s is %s, was %s", name, got, released[name])
		}
	}
}

// An operator who waits for a large database sees why; of a new one, and of one
// that is up to date, there is nothing to say.
func TestBringingUpToDateIsLogged(t *testing.T) {
	dir := t.TempDir()
	oldDatabase(t, dir)
	for folder, want := range map[string][]string{
		dir:         {"bringing the database up to date", "the database is up to date"},
		t.TempDir(): nil,
	} {
		for range 2 {
			var said strings.Builder
			s := open(t, folder, &Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			lines := slices.Collect(strings.Lines(said.String()))
			if len(lines) != len(want) {
				t.Fatalf("%d lines of log: %s", len(lines), said.String())
			}
			for i, line := range lines {
				if !strings.Contains(line, "level=INFO") || !strings.Contains(line, want[i]) {
					t.Errorf("line %d is %s", i, line)
				}
			}
			want = nil // once
		}
	}
}

func TestDatabaseOfANewerProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	err := s.writer.run("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(t.Context(), dir, nil); err == nil {
		t.Fatal("opened")
	}
}
