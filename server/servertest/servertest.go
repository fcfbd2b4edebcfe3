// Package servertest runs a whole server, on a loopback address and a folder
// of its own, in one line of a test, with connected clients in another.
//
// It may import the server and the SQLite store, and is imported by tests
// alone. Its goroutines end with the test.
package servertest

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"testing"
	"time"

	"asappchat/server"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// Server is a running server. Its methods are for the test's own goroutine.
type Server struct {
	// URL is where it listens, "ws://127.0.0.1:…". It stays the same over
	// restarts.
	URL string
	// Dir is the folder with its data.
	Dir string
	// Store is what it stands on.
	Store store.Store

	t        testing.TB
	config   server.Config
	wrap     func(store.Store) store.Store
	address  string
	server   *server.Server
	database store.Store
	served   chan error
}

// An Option changes how a server is made.
type Option func(*Server)

// Config changes the server's configuration. Without it, registration is open,
// login by name is offered, and nothing is limited in rate.
func Config(change func(*server.Config)) Option {
	return func(s *Server) { change(&s.config) }
}

// Wrap puts something between the server and its store.
func Wrap(wrap func(store.Store) store.Store) Option {
	return func(s *Server) { s.wrap = wrap }
}

// New runs a server until the test ends.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), t: t, address: "127.0.0.1:0", wrap: func(s store.Store) store.Store { return s }}
	s.config = server.Config{NameLogin: true, Node: "test", Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	s.config.Limits = Limits()
	for _, o := range options {
		o(s)
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start starts the server anew after Stop, on the same folder and address.
func (s *Server) Start() {
	s.t.Helper()
	ctx := context.Background()
	database, err := sqlite.Open(ctx, s.Dir, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.database, s.Store = database, s.wrap(database)
	s.server, err = server.New(ctx, s.Store, s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = listener.Addr().String()
	s.URL = "ws://" + s.address
	s.served = make(chan error, 1)
	srv := s.server
	go func() { s.served <- srv.Serve(listener) }() // until Stop
}

// Queued returns how many changes wait to be committed.
func (s *Server) Queued() int { return s.server.Queued() }

// AwaitQueue waits until so many changes wait to be committed, while the store
// is held up.
func (s *Server) AwaitQueue(n int) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); s.Queued() < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			s.t.Fatalf("%d changes wait, want %d", s.Queued(), n)
		}
	}
}

// Stop drains the server and closes its store. Stopping twice is the same as
// once.
func (s *Server) Stop() {
	s.t.Helper()
	if s.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		s.t.Errorf("shutdown: %v", err)
	}
	if err := <-s.served; err != nil {
		s.t.Errorf("serve: %v", err)
	}
	if err := s.database.Close(); err != nil {
		s.t.Errorf("close: %v", err)
	}
	s.server = nil
}

// Restart stops the server and starts it anew.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}
