package sqlite

import (
	"context"
	"fmt"

	"asappchat/store"
)

// readers are the connections that read.
type readers struct {
	free   chan *conn
	closed <-chan struct{}
}

// read lends a connection to a function. The context bounds the wait for it.
func (r *readers) read(ctx context.Context, f func(*conn) error) error {
	select {
	case <-r.closed:
		return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
	default:
	}
	select {
	case c := <-r.free:
		defer func() { r.free <- c }()
		return readError(f(c))
	case <-ctx.Done():
		return ctx.Err()
	case <-r.closed:
		return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
	}
}

// snapshot is read for a function that makes several queries, which see the
// same state of the database.
func (r *readers) snapshot(ctx context.Context, f func(*conn) error) error {
	return r.read(ctx, func(c *conn) error {
		return c.snapshot(func() error { return f(c) })
	})
}

// rest waits until nobody reads, and lets nobody begin until resume is called.
func (r *readers) rest() (resume func()) {
	conns := make([]*conn, cap(r.free))
	for i := range conns {
		conns[i] = <-r.free
	}
	return func() {
		for _, c := range conns {
			r.free <- c
		}
	}
}

// drain waits until all connections are back, and keeps them.
func (r *readers) drain() {
	for range cap(r.free) {
		<-r.free
	}
}
