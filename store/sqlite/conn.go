package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
)

// conn is a connection with its statements, each prepared when it is first
// used. One goroutine at a time may use it. Its calls are not cancelled: what
// they do is short, and an interrupted connection is worth less than the wait.
type conn struct {
	*sql.Conn
	stmts [queries]*sql.Stmt
}

// scan is where the columns of a row go.
type scan []any

// connect takes a connection out of a pool, and makes sure of its settings.
func connect(ctx context.Context, db *sql.DB, with settings) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := verify(ctx, c, with); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &conn{Conn: c}, nil
}

func (c *conn) stmt(q query) (*sql.Stmt, error) {
	if c.stmts[q] == nil {
		stmt, err := c.PrepareContext(context.Background(), texts[q])
		if err != nil {
			return nil, err
		}
		c.stmts[q] = stmt
	}
	return c.stmts[q], nil
}

// exec returns how many rows were changed.
func (c *conn) exec(q query, args ...any) (int64, error) {
	stmt, err := c.stmt(q)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// get reads one row and says whether there is one.
func (c *conn) get(into scan, q query, args ...any) (bool, error) {
	stmt, err := c.stmt(q)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRow(args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each reads rows one after another, and yields once for each; an error is
// the last that it yields.
func (c *conn) each(into scan, q query, args ...any) iter.Seq[error] {
	return func(yield func(error) bool) {
		stmt, err := c.stmt(q)
		if err != nil {
			yield(err)
			return
		}
		rows, err := stmt.Query(args...)
		if err != nil {
			yield(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(into...); !yield(err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(err)
		}
	}
}

// Close gives the connection back to its pool. It is not used again.
func (c *conn) Close() error {
	var errs []error
	for _, stmt := range c.stmts {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}
