package load

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"asappchat/protocol"
)

// dialing is how many connections are made at the same time.
const dialing = 32

// Usernames returns n of them.
func Usernames(stem string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%05d", stem, i)
	}
	return names
}

// Connect makes n connections and does something with each. When that fails
// all are closed.
func Connect(ctx context.Context, url string, n int, then func(c *Conn, i int) error) ([]*Conn, error) {
	return connect(ctx, n, func(ctx context.Context, i int) (*Conn, error) {
		c, err := Dial(ctx, url)
		if err != nil {
			return nil, err
		}
		return c, then(c, i)
	})
}

// connect makes n connections, several at a time.
func connect(ctx context.Context, n int, one func(ctx context.Context, i int) (*Conn, error)) ([]*Conn, error) {
	conns := make([]*Conn, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(dialing)
	for i := range conns {
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			conns[i], err = one(ctx, i)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		CloseAll(conns)
		return nil, err
	}
	return conns, nil
}

// CloseAll closes connections, of which some may be nil.
func CloseAll(conns []*Conn) {
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
}

// Enter registers a name, logs in with it alone, and subscribes.
func (c *Conn) Enter(name string) error {
	return errors.Join(
		c.Call(protocol.Register.Name, protocol.RegisterParams{Username: name}, nil),
		c.Login(name))
}

// Login logs in by name alone to an account that exists, and subscribes.
func (c *Conn) Login(name string) error {
	return errors.Join(
		c.Call(protocol.Login.Name, protocol.LoginParams{Username: name}, nil),
		c.Call(protocol.Subscribe.Name, protocol.SubscribeParams{}, nil))
}
