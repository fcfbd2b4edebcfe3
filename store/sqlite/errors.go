package sqlite

import (
	"context"
	"errors"
	"fmt"

	lib "modernc.org/sqlite/lib"

	"asappchat/store"
)

// code returns SQLite's result code without its extension, 0 for an error of
// another origin (https://www.sqlite.org/rescode.html).
func code(err error) int {
	var coded interface{ Code() int }
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code() & 0xff
}

func isBusy(err error) bool {
	c := code(err)
	return c == lib.SQLITE_BUSY || c == lib.SQLITE_LOCKED
}

// isBroken says that the file, or what is under it, cannot be trusted.
func isBroken(err error) bool {
	switch code(err) {
	case lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY:
		return true
	}
	return false
}

// readError turns the error of a read into one of the store's. Those that
// already are pass, as do those of contexts; the driver's do not get out.
func readError(err error) error {
	switch {
	case err == nil, errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrUnavailable):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isBusy(err), isBroken(err):
		return fmt.Errorf("sqlite: read: %w: %v", store.ErrUnavailable, err)
	}
	return fmt.Errorf("sqlite: read: %v", err)
}
