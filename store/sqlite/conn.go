package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
)

// conn is a connection with its statements, each prepared when it is first
// used. One goroutine at a time may use it. Its calls are not cancelled: what
// they do is short, and an interrupted connection is worth less than the wait.
//
// It calls the driver by itself. Through package database/sql a message cost
// its committer 1.6 µs more, of 5.3 without the commit.
type conn struct {
	driver.Conn
	stmts [queries]statement
	args  []driver.NamedValue // of the call that begins
	row   []driver.Value      // of get
}

// statement is a prepared statement, as the driver makes them.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// scan is where the columns of a row go.
type scan []any

// connect opens a connection, and makes sure of its settings.
func connect(ctx context.Context, connector driver.Connector, with settings) (*conn, error) {
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw}
	if err := c.verify(with); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *conn) stmt(q query) (statement, error) {
	if c.stmts[q] == nil {
		stmt, err := c.prepare(texts[q])
		if err != nil {
			return nil, err
		}
		c.stmts[q] = stmt
	}
	return c.stmts[q], nil
}

func (c *conn) prepare(text string) (statement, error) {
	stmt, err := c.Prepare(text)
	if err != nil {
		return nil, err
	}
	known, ok := stmt.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T is not known", stmt), stmt.Close())
	}
	return known, nil
}

// exec returns how many rows were changed.
func (c *conn) exec(q query, args ...any) (int64, error) {
	stmt, err := c.stmt(q)
	if err != nil {
		return 0, err
	}
	if err := c.bind(args); err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), c.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// get reads one row and says whether there is one.
func (c *conn) get(into scan, q query, args ...any) (found bool, err error) {
	rows, err := c.query(q, args)
	if err != nil {
		return false, err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	c.row = append(c.row[:0], make([]driver.Value, len(into))...)
	if err := rows.Next(c.row); err == io.EOF {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, into.take(c.row)
}

// one reads the one row that there must be.
func (c *conn) one(into scan, q query, args ...any) error {
	found, err := c.get(into, q, args...)
	if err == nil && !found {
		err = errors.New("a row is missing")
	}
	return err
}

// each reads rows one after another, and yields once for each; an error is
// the last that it yields. Whatever becomes of the loop, even a panic, the
// statement is at rest after it.
func (c *conn) each(into scan, q query, args ...any) iter.Seq[error] {
	return func(yield func(error) bool) {
		rows, err := c.query(q, args)
		if err != nil {
			yield(err)
			return
		}
		if err := readAll(rows, into, yield); err != nil {
			yield(err)
		}
	}
}

// readAll yields once for each row, and returns an error that it has not
// yielded.
func readAll(rows driver.Rows, into scan, yield func(error) bool) (err error) {
	more := true
	defer func() {
		if e := rows.Close(); more && err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(into))
	for {
		switch err := rows.Next(row); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := into.take(row); err != nil {
			return err
		}
		if more = false; !yield(nil) {
			return nil
		}
		more = true
	}
}

func (c *conn) query(q query, args []any) (driver.Rows, error) {
	stmt, err := c.stmt(q)
	if err != nil {
		return nil, err
	}
	if err := c.bind(args); err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.Background(), c.args)
}

// Close ends the connection.
func (c *conn) Close() error {
	var errs []error
	for _, stmt := range c.stmts {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}
