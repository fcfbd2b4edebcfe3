package sqlite

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// sizeVariable says how long the files of TestMigrateElsewhere may become.
const sizeVariable = "SQLITE_TEST_FILE_SIZE"

// TestMigrateElsewhere is the other process of the next test.
func TestMigrateElsewhere(t *testing.T) {
	dir := os.Getenv(folderVariable)
	size, err := strconv.ParseUint(os.Getenv(sizeVariable), 10, 64)
	if dir == "" || err != nil {
		return
	}
	if err := dieBeyond(size); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, nil); err != nil {
		t.Fatal("not opened:", err)
	}
	os.Exit(0) // nothing is closed, as when it is killed
}

// dieBeyond makes the kernel end the process at once when it writes a file
// beyond a size. Go would take the signal and let the write fail.
func dieBeyond(size uint64) error {
	byDefault := struct {
		handler, flags, restorer uintptr
		mask                     uint64
	}{}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGXFSZ),
		uintptr(unsafe.Pointer(&byDefault)), 0, unsafe.Sizeof(byDefault.mask), 0, 0)
	if errno != 0 {
		return errno
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size})
}

// The process ends, within a write, ever later in the migration. Whatever it
// leaves is the old database, or the new one, and the next opening goes on.
func TestKilledMigrationIsRunAgain(t *testing.T) {
	dir := t.TempDir()
	oldDatabase(t, dir)
	const first = 1 << 15     // the size that the file of shared memory needs
	const step = 3000         // less than a page
	killed := map[int64]int{} // how often, by the version that was left
	for size := first; killed[2] < 2 && migrateElsewhere(t, dir, size); size += step {
		version := inspect(t, dir)
		if killed[version]++; version < 2 && killed[2] > 0 {
			t.Fatalf("killed at %d: what was done is not any more", size)
		}
	}
	if killed[1] < 3 || killed[2] < 1 {
		t.Errorf("killed, by the version that was left: %v", killed)
	}
	checkOld(t, open(t, dir, nil))
}

// migrateElsewhere opens a store in a process that may not write files longer
// than a size, and says whether that killed it.
func migrateElsewhere(t *testing.T, dir string, size int) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestMigrateElsewhere$")
	cmd.Env = append(os.Environ(), folderVariable+"="+dir, sizeVariable+"="+strconv.Itoa(size))
	output, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGXFSZ {
		t.Fatalf("%v\n%s", err, output)
	}
	return true
}

// inspect opens a database as it was left, in a copy, says how far its schema
// was, and makes sure that the migration brings it up to date.
func inspect(t *testing.T, dir string) (version int64) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	version = versionOf(t, filepath.Join(copied, fileName))
	checkOld(t, open(t, copied, nil))
	return version
}

// versionOf reads the version of a schema, and makes sure that all of it is
// there or nothing.
func versionOf(t *testing.T, file string) (version int64) {
	t.Helper()
	with, _ := Full.writing()
	connector, err := connectorTo(file, with)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var first, last, owners int
	err = db.QueryRowContext(t.Context(), `SELECT (SELECT max(version_id) FROM goose_db_version),
		(SELECT count(*) FROM pragma_table_info('message') WHERE name = 'changed'),
		(SELECT count(*) FROM sqlite_schema WHERE name = 'blocked'),
		(SELECT count(*) FROM member WHERE role = 'owner')`).Scan(&version, &first, &last, &owners)
	if err != nil {
		t.Fatal(err)
	}
	if done := int(version - 1); first != done || last != done || owners != 1+done {
		t.Fatalf("version %d: the first change %d, the last %d, %d owners", version, first, last, owners)
	}
	return version
}
