package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"asappchat/server/bench/programs"
	"asappchat/store/sqlite"
)

// An archive takes half a minute to make for a million messages, so it is kept
// from run to run, under a name that tells its size and its tables. It has that
// name only when it is whole.
const unfinishedArchive = "chatd-bench-unfinished"

// archive returns the folder of an archive, and makes it when there is none.
func (l *lab) archive() (string, error) { return l.archiveOf(l.messages) }

// archiveOf is archive with a long conversation of another length.
func (l *lab) archiveOf(messages int) (string, error) {
	dir, err := l.archiveName(messages)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	l.progress("  making %s, once", dir)
	if err := l.sweep(); err != nil {
		return "", err
	}
	begun := time.Now()
	unfinished, err := os.MkdirTemp(l.kept, unfinishedArchive)
	if err != nil {
		return "", err
	}
	if err := programs.FillArchive(l.ctx, unfinished, messages, l.filling(messages)); err != nil {
		return "", errors.Join(err, os.RemoveAll(unfinished))
	}
	l.progress("  made in %v", time.Since(begun).Round(time.Second))
	return dir, os.Rename(unfinished, dir)
}

// archiveName returns the name of the folder, which need not be there.
func (l *lab) archiveName(messages int) (string, error) {
	schema, err := l.schema()
	return filepath.Join(l.kept, fmt.Sprintf("chatd-bench-%d-%s", messages, schema)), err
}

// sweep removes what is left of makings that were killed. A store that is open
// keeps others out of its folder, so one that is being made stays.
func (l *lab) sweep() error {
	dirs, err := filepath.Glob(filepath.Join(l.kept, unfinishedArchive+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		s, err := sqlite.Open(l.ctx, dir, nil)
		if err != nil {
			l.progress("  %s is left alone: %v", dir, err)
			continue
		}
		if err := errors.Join(s.Close(), os.RemoveAll(dir)); err != nil {
			return err
		}
	}
	return nil
}

// makeArchive makes the folder, and prints its name.
func (l *lab) makeArchive() error {
	dir, err := l.archive()
	if err != nil {
		return err
	}
	_, err = fmt.Println(dir)
	return err
}

// schema is a digest of the tables that the store makes now.
func (l *lab) schema() (string, error) {
	dir, err := os.MkdirTemp(l.dir, "schema")
	if err != nil {
		return "", err
	}
	s, err := sqlite.Open(l.ctx, dir, nil)
	if err != nil {
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "chat.db"))
	if err != nil {
		return "", err
	}
	defer db.Close()
	var tables string
	err = db.QueryRow(`SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_master ORDER BY name)`).Scan(&tables)
	digest := sha256.Sum256([]byte(tables))
	return hex.EncodeToString(digest[:6]), err
}

// filling tells, every ten seconds, how far the filling of an archive is.
func (l *lab) filling(messages int) func(done int) {
	begun := time.Now()
	told := begun
	return func(done int) {
		if now := time.Now(); now.Sub(told) >= 10*time.Second {
			told = now
			l.progress("  %s of %s messages, %s", digits(float64(done)), digits(float64(messages)), perSecond(float64(done)/now.Sub(begun).Seconds()))
		}
	}
}

// copyOfArchive is the archive for who writes to it.
func (l *lab) copyOfArchive() (string, error) {
	from, err := l.archive()
	if err != nil {
		return "", err
	}
	to, err := os.MkdirTemp(l.dir, "archive")
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(from, "*.db*"))
	for _, file := range files {
		// Shared memory is made anew.
		if err == nil && !strings.HasSuffix(file, "-shm") {
			err = copyFile(filepath.Join(to, filepath.Base(file)), file)
		}
	}
	return to, err
}

// copyFile copies a file, and waits until it is on disk: what is left to be
// written would be in the way of what is measured.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
