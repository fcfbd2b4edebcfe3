package main

import (
	"context"
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

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// An archive is a data folder in which one user has a long conversation and a
// short one. Making it takes half a minute for a million messages, so it is
// kept from run to run, under a name that tells its size and its tables. It has
// that name only when it is whole.
const (
	archiveUser   = "ana"
	longPeer      = "bo"
	shortPeer     = "cy"
	shortMessages = 1000
	archiveGroup  = 10_000 // messages in a commit

	unfinishedArchive = "chatd-bench-unfinished"
)

// archive returns the folder, and makes it when there is none.
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
	if err := l.fill(unfinished, messages); err != nil {
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

// fill writes the conversations, without waiting for the disk.
func (l *lab) fill(dir string, messages int) error {
	s, err := sqlite.Open(l.ctx, dir, &sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		return err
	}
	c := &ceiling{store: s}
	err = c.commit([]store.Mutation{
		&store.CreateUser{User: protocol.User{Username: archiveUser}, At: now()},
		&store.CreateUser{User: protocol.User{Username: longPeer}, At: now()},
		&store.CreateUser{User: protocol.User{Username: shortPeer}, At: now()},
	})
	if err == nil {
		err = l.talk(c, shortPeer, shortMessages)
	}
	if err == nil {
		err = l.talk(c, longPeer, messages)
	}
	return errors.Join(err, s.Close())
}

// talk has two users send to each other in turn.
func (l *lab) talk(c *ceiling, peer string, messages int) error {
	users := [2]string{archiveUser, peer}
	begun := time.Now()
	told := begun
	for n := 0; n < messages; n += archiveGroup {
		group := make([]store.Mutation, min(archiveGroup, messages-n))
		for i := range group {
			group[i] = message(users[i%2], users[1-i%2])
		}
		if err := errors.Join(c.commit(group), l.ctx.Err()); err != nil {
			return err
		}
		if now := time.Now(); now.Sub(told) >= 10*time.Second {
			told = now
			done := float64(n + len(group))
			l.progress("  %s of %s messages, %s", digits(done), digits(float64(messages)), perSecond(done/now.Sub(begun).Seconds()))
		}
	}
	return nil
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

// randomPage asks for a page that ends anywhere in the long conversation.
func randomPage(number func(int64) int64, last int64) store.Page {
	return store.Page{From: 1, To: pageSize + number(max(1, last-pageSize)), Limit: pageSize, Bytes: 64 << 10, FromEnd: true}
}

// lastSeq is how long the long conversation is.
func lastSeq(s store.Conversations) (int64, error) {
	c, err := s.Conversation(context.Background(), archiveUser, longPeer)
	return c.LastSeq, err
}
