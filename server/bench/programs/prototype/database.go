package prototype

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// schema has the server's tables for what a message writes. See the store's
// migrations for what the columns are.
const schema = `
CREATE TABLE log (id INTEGER PRIMARY KEY CHECK (id = 1), place INTEGER NOT NULL) STRICT;
INSERT INTO log VALUES (1, 0);
CREATE TABLE message (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    client_id    TEXT    NOT NULL,
    reply_to     INTEGER NOT NULL,
    mentions     TEXT    NOT NULL,
    data         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE sent (
    key          BLOB    NOT NULL,
    sender       TEXT    NOT NULL,
    content      BLOB    NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (key, sender)
) STRICT, WITHOUT ROWID;`

// conversation is known in memory alone.
type conversation struct {
	key, seq int64
	id       string
}

// database writes, and calls the driver by itself, as the server does. It is
// for one goroutine.
type database struct {
	conn  driver.Conn
	stmts []driver.Stmt // in the order of the constants
	args  []driver.NamedValue

	place         int64
	conversations map[[2]string]*conversation
}

const (
	beginWrite = iota
	insertMessage
	insertSent
	moveLog
	commit
)

var texts = []string{
	`BEGIN IMMEDIATE`,
	`INSERT INTO message (conversation, seq, place, rev, at, sender, client_id, reply_to, mentions, data, body)
		VALUES (?, ?, ?, 1, ?, ?, ?, 0, '', '', ?)`,
	`INSERT INTO sent (key, sender, content, conversation, seq) VALUES (?, ?, ?, ?, ?)`,
	`UPDATE log SET place = ? WHERE id = 1`,
	`COMMIT`,
}

func open(dir string) (*database, error) {
	settings := url.Values{"_pragma": {"journal_mode(wal)", "synchronous(full)"}}
	connector, err := sqlite.NewConnector("file:" + filepath.Join(dir, "prototype.db") + "?" + settings.Encode())
	if err != nil {
		return nil, err
	}
	d := &database{conversations: map[[2]string]*conversation{}}
	if d.conn, err = connector.Connect(context.Background()); err != nil {
		return nil, err
	}
	if _, err := d.conn.(driver.ExecerContext).ExecContext(context.Background(), schema, nil); err != nil {
		return nil, errors.Join(err, d.close())
	}
	for _, text := range texts {
		stmt, err := d.conn.Prepare(text)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.stmts = append(d.stmts, stmt)
	}
	return d, nil
}

// exec runs a statement with arguments that the driver takes as they are.
func (d *database) exec(stmt int, args ...driver.Value) error {
	d.args = d.args[:0]
	for i, arg := range args {
		d.args = append(d.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	_, err := d.stmts[stmt].(driver.StmtExecContext).ExecContext(context.Background(), d.args)
	return err
}

// commit makes messages durable, all or none.
func (d *database) commit(group []*message) error {
	if err := d.exec(beginWrite); err != nil {
		return err
	}
	for _, m := range group {
		if err := d.write(m); err != nil {
			return err
		}
	}
	if err := d.exec(moveLog, d.place); err != nil {
		return err
	}
	return d.exec(commit)
}

func (d *database) write(m *message) error {
	c := d.conversation(m.from.name, m.to)
	c.seq++
	d.place++
	m.conversation, m.seq, m.place = c, c.seq, d.place
	if err := d.exec(insertMessage, c.key, m.seq, m.place, m.at, m.from.name, m.clientID, m.body); err != nil {
		return err
	}
	return d.exec(insertSent, m.key[:], m.from.name, m.content[:], c.key, m.seq)
}

// conversation finds that of two, and opens it when there is none.
func (d *database) conversation(a, b string) *conversation {
	pair := [2]string{min(a, b), max(a, b)}
	c := d.conversations[pair]
	if c == nil {
		key := int64(len(d.conversations) + 1)
		c = &conversation{key: key, id: fmt.Sprintf("c:%022d", key)}
		d.conversations[pair] = c
	}
	return c
}

func (d *database) close() error {
	var errs []error
	for _, stmt := range d.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, d.conn.Close())...)
}
