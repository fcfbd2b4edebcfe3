//go:build unix

package main

import (
	"context"
	"io/fs"
	"os"
	"syscall"
)

// lockFile waits for the lock of a file. It is held until unlock, or until the
// process ends, however it does.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	locked := make(chan error, 1)
	go func() { locked <- flock(f) }() // ends with the lock, or with the process
	select {
	case err := <-locked:
		if err != nil {
			f.Close()
			return nil, err
		}
		return func() { f.Close() }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func flock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}

// exposed says whether others than its owner may read or change a file.
func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
