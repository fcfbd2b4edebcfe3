package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// Durability says what an answered commit survives.
type Durability string

const (
	// Full: the end of the process, of the system and of the power. Each
	// commit waits for the disk.
	Full Durability = "full"
	// Normal: the end of the process. The end of the system or of the power
	// may take the last commits with it; the database stays whole.
	Normal Durability = "normal"
)

// synchronous is the number by which SQLite knows the mode.
func (d Durability) synchronous() (string, error) {
	switch d {
	case "", Full:
		return "2", nil
	case Normal:
		return "1", nil
	}
	return "", fmt.Errorf("unknown durability %q", string(d))
}

// How long a connection waits for the lock of another one, and how much of
// the database file readers map into memory.
const (
	busyTimeout = 5 * time.Second
	mappedBytes = 1 << 30
)

// settings are pragmas and their values, which hold for one connection.
type settings map[string]string

// writing are the settings of connections that change the file.
func (d Durability) writing() (settings, error) {
	synchronous, err := d.synchronous()
	return settings{
		"auto_vacuum":        "0", // with it there are pages that clearing gaps must not meet
		"busy_timeout":       strconv.FormatInt(busyTimeout.Milliseconds(), 10),
		"foreign_keys":       "1",
		"journal_mode":       "wal",
		"secure_delete":      "1", // what is deleted is overwritten
		"synchronous":        synchronous,
		"wal_autocheckpoint": "0",
	}, err
}

// reading are the settings of connections that do not. They alone map the
// file into memory, which spares them most system calls.
func (s settings) reading() settings {
	s = maps.Clone(s)
	delete(s, "secure_delete")
	s["query_only"] = "1"
	s["mmap_size"] = strconv.Itoa(mappedBytes)
	return s
}

// shorthands are the driver's keys for pragmas that it checks by itself.
var shorthands = map[string]string{
	"busy_timeout": "_busy_timeout",
	"foreign_keys": "_foreign_keys",
	"journal_mode": "_journal_mode",
	"query_only":   "_query_only",
	"synchronous":  "_synchronous",
}

// dsn names the file, which must be an absolute path, with settings.
func dsn(file string, with settings) string {
	values := url.Values{"_defensive": {"1"}, "_dqs": {"0"}, "_txlock": {"immediate"}, "vfs": {vfsName}}
	for pragma, value := range with {
		if key, ok := shorthands[pragma]; ok {
			values.Set(key, value)
		} else {
			values.Add("_pragma", pragma+"("+value+")")
		}
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: values.Encode()}).String()
}

// configure sets what the driver knows only for a whole process. Locks that
// belong to the open file are not lost when somebody else in the process
// closes it; where the system has none, SQLite's usual ones must do.
var configure = sync.OnceValue(func() error {
	sqlite.StrictPragmas(true)
	_, err := sqlite.OFDLocking(true)
	if errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		err = nil
	}
	return errors.Join(err, registerVFS())
})

// connectorTo opens connections to the file.
func connectorTo(file string, with settings) (driver.Connector, error) {
	if err := configure(); err != nil {
		return nil, err
	}
	return sqlite.NewConnector(dsn(file, with))
}

// verify makes sure that a connection has its settings: SQLite ignores a
// pragma that it does not know or cannot follow.
func (c *conn) verify(with settings) error {
	for pragma, want := range with {
		got, err := c.pragma(pragma)
		if err != nil {
			return fmt.Errorf("pragma %s: %w", pragma, err)
		}
		if !strings.EqualFold(got, want) {
			return fmt.Errorf("pragma %s is %s and should be %s", pragma, got, want)
		}
	}
	return nil
}

// pragma returns the value of a pragma, "" when there is no such pragma.
func (c *conn) pragma(name string) (string, error) {
	stmt, err := c.prepare("PRAGMA " + name)
	if err != nil {
		return "", err
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(context.Background(), nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err == io.EOF {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}
