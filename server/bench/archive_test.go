package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/server/bench/programs"
	"asappchat/store/sqlite"
)

// A conversation that was not finished is removed, and never used; one that is
// being made stays.
func TestUnfinishedArchive(t *testing.T) {
	l := &lab{ctx: t.Context(), dir: t.TempDir(), kept: t.TempDir(), size: size{messages: programs.ShortMessages}}
	left, made := filepath.Join(l.kept, unfinishedArchive+"1"), filepath.Join(l.kept, unfinishedArchive+"2")
	for _, dir := range []string{left, made} {
		s, err := sqlite.Open(l.ctx, dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if dir == made {
			defer s.Close()
		} else if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := l.archive()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(l.kept)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{filepath.Base(dir), filepath.Base(made)}, names); diff != "" {
		t.Error(diff)
	}
	if again, err := l.archive(); again != dir || err != nil {
		t.Errorf("the second time %s, %v", again, err)
	}
}
