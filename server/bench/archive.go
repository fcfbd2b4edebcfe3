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

	"asappchat/server/bench/programs"
	"asappchat/store/sqlite"
)

// archive returns the folder of an archive, and makes it when there is none.
// That takes half a minute, so it is kept from run to run, under a name that
// tells its size and its tables.
func (l *lab) archive() (string, error) {
	schema, err := l.schema()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(l.kept, fmt.Sprintf("chatd-bench-%d-%s", l.messages, schema))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	l.progress("  making %s, once", dir)
	unfinished, err := os.MkdirTemp(l.kept, "chatd-bench-unfinished")
	if err != nil {
		return "", err
	}
	if err := programs.FillArchive(l.ctx, unfinished, l.messages); err != nil {
		return "", errors.Join(err, os.RemoveAll(unfinished))
	}
	return dir, os.Rename(unfinished, dir)
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
	files, err := filepath.Glob(filepath.Join(from, "chat.db*"))
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
