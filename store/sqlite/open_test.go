package sqlite

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// mustCommit commits mutations of which none may be refused.
func mustCommit(t testing.TB, s *Store, group ...store.Mutation) []store.Outcome {
	t.Helper()
	outcomes, err := s.Commit(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	return outcomes
}

func user(name string) *store.CreateUser {
	return &store.CreateUser{User: protocol.User{Username: name}}
}

// note is a message of ana's to herself.
func note(body string) *store.Append {
	return &store.Append{To: "ana", NewID: "c:0000000000000000000000", Message: protocol.Message{Sender: "ana", Body: body}}
}

// notes are the bodies of ana's notes.
func notes(t testing.TB, s *Store) string {
	t.Helper()
	h, err := s.History(t.Context(), "ana", "ana", store.Page{From: 1, To: 1 << 40, Limit: 1 << 20, Bytes: 1 << 40})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range h.Messages {
		bodies = append(bodies, m.Body)
	}
	return strings.Join(bodies, " ")
}

func TestWhatWasCommittedIsThereAfterOpeningAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "100% ?a=b#c")
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	before, _ := s.Head(t.Context())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, &Options{SmallGroup: 1, Durability: Normal})
	after, err := s.Head(t.Context())
	if err != nil || after.Place != 2 || after.Epoch != before.Epoch || string(after.CursorKey) != string(before.CursorKey) {
		t.Fatalf("head %+v, was %+v: %v", after, before, err)
	}
	if o := mustCommit(t, s, note("two")); o[0].Events[0].Place != 3 || o[0].Events[0].Message.Seq != 2 {
		t.Fatalf("%+v", o[0].Events[0])
	}
	if got := notes(t, s); got != "one two" {
		t.Fatalf("notes %q", got)
	}
}

func TestFolderIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	open(t, dir, nil)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("mode %v: %v", info.Mode(), err)
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	defer syscall.Umask(syscall.Umask(0o022))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, open(t, dir, nil), user("ana"))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 7 {
		t.Fatalf("files %v: %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode of %s %v: %v", e.Name(), info.Mode(), err)
		}
	}
}

// The mode of a file is its owner's choice once it exists.
func TestFilesThatExistKeepTheirMode(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), note("one"))
	s.Close()
	file := filepath.Join(dir, fileName)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, nil)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	if got := notes(t, s); got != "one" {
		t.Errorf("notes %q", got)
	}
}

func TestSecondOpenerIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	_, err := Open(t.Context(), dir, nil)
	if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("in this process: %v", err)
	}
	mustCommit(t, s, user("ana"))
	if output, err := openElsewhere(t, dir); err == nil || !strings.Contains(output, "refused") {
		t.Fatalf("in another process: %v\n%s", err, output)
	}
	s.Close()
	if output, err := openElsewhere(t, dir); err != nil {
		t.Fatalf("after Close: %v\n%s", err, output)
	}
	open(t, dir, nil)
}

// folderVariable names the folder that TestOpenElsewhere opens.
const folderVariable = "SQLITE_TEST_FOLDER"

func openElsewhere(t *testing.T, dir string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestOpenElsewhere$")
	cmd.Env = append(os.Environ(), folderVariable+"="+dir)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// TestOpenElsewhere is the other process of TestSecondOpenerIsRefused.
func TestOpenElsewhere(t *testing.T) {
	dir := os.Getenv(folderVariable)
	if dir == "" {
		return
	}
	s, err := Open(t.Context(), dir, nil)
	if errors.Is(err, store.ErrInUse) {
		t.Fatal("refused")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestFailedOpenLetsGoOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), dir, &Options{Durability: "sometimes"}); err == nil {
		t.Fatal("opened with an unknown durability")
	}
	file := filepath.Join(dir, fileName)
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, nil); err == nil {
		t.Fatal("opened what is no database")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	open(t, dir, nil)
}

func TestSettingsAreVerified(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for pragma, value := range map[string]string{"synchronous": "0", "journal_mode": "delete", "no_such_pragma": "1"} {
		if err := s.writer.verify(settings{pragma: value}); err == nil {
			t.Errorf("pragma %s is %s", pragma, value)
		}
	}
	for range cap(s.readers.free) {
		c := <-s.readers.free
		if err := c.run("DELETE FROM account"); err == nil {
			t.Error("a reader may write")
		}
		s.readers.free <- c
	}
}
