package programs

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// startServer runs the whole server, as its command does, but for the limit on
// how fast a user may send.
func startServer(dir string, opts *sqlite.Options) (*Program, error) {
	ctx := context.Background()
	database, err := sqlite.Open(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	limits := protocol.DefaultLimits()
	limits.SendRate = 0
	counted := &commits{Store: database}
	s, err := server.New(ctx, counted, server.Config{
		Limits:    limits,
		Node:      "bench",
		NameLogin: true,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }() // until close
	return &Program{
		Address: listener.Addr().String(),
		commits: counted.count,
		read:    func(d time.Duration) (Capacity, error) { return readNewest(database, d) },
		list:    func(l Listing) (Capacity, error) { return readHome(database, l) },
		end:     func() (store.Place, error) { return end(database) },
		index:   func() error { return awaitIndex(ctx, database) },
		close: func() error {
			deadline, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			return errors.Join(s.Shutdown(deadline), <-served, database.Close())
		},
	}, nil
}

// commits is a store that counts its groups.
type commits struct {
	store.Store
	groups, mutations atomic.Int64
}

func (c *commits) count() (groups, mutations int64) { return c.groups.Load(), c.mutations.Load() }

func (c *commits) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	c.groups.Add(1)
	c.mutations.Add(int64(len(group)))
	return c.Store.Commit(ctx, group)
}
