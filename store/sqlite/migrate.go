package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

// migrations make the schema, in the order of their names. A file that has
// been released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. It refuses a database of a newer
// program, which may mean things that this one does not know. Each file is one
// transaction, which an end of the process leaves undone.
func migrate(ctx context.Context, file string, with settings, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return migrateTo(ctx, file, with, files, log)
}

// migrateTo brings the schema to where the files lead. Of a database that is not
// new it says so before, since that may take long, and after.
func migrateTo(ctx context.Context, file string, with settings, files fs.FS, log *slog.Logger) (err error) {
	connector, err := connectorTo(file, with)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("schema version %d is of a newer program: this one knows up to %d", current, newest)
	}
	if current == 0 || current == newest {
		_, err = provider.Up(ctx)
		return err
	}
	log.Info("bringing the database up to date", slog.Int64("from", current), slog.Int64("to", newest))
	began := time.Now()
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	log.Info("the database is up to date", slog.Duration("took", time.Since(began)))
	return nil
}

// The sizes of an epoch and of the key of cursors, in bytes.
const (
	epochSize     = 12
	cursorKeySize = 16
)

// startLog makes the row of the log, with an epoch and a key of its own,
// unless there is one.
func startLog(c *conn) error {
	epoch, key := make([]byte, epochSize), make([]byte, cursorKeySize)
	rand.Read(epoch)
	rand.Read(key)
	_, err := c.exec(createLog, base64.RawURLEncoding.EncodeToString(epoch), key)
	return err
}
