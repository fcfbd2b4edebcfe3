package servertest

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Relay stands between clients and a server: it sees what the server says,
// and can cut the connections. Its methods may be called from any goroutine.
type Relay struct {
	// URL is where it listens, "ws://127.0.0.1:…".
	URL string

	target string
	mu     sync.Mutex
	conns  map[net.Conn]bool
	ended  bool
	awaits map[string]chan struct{}
	served sync.WaitGroup
}

// NewRelay relays to a server until the test ends.
func NewRelay(t testing.TB, s *Server) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{
		URL: "ws://" + listener.Addr().String(), target: strings.TrimPrefix(s.URL, "ws://"),
		conns: map[net.Conn]bool{}, awaits: map[string]chan struct{}{},
	}
	r.served.Go(func() { // until the test ends
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r.served.Go(func() { r.serve(conn) }) // until one end is gone, or Cut
		}
	})
	t.Cleanup(func() {
		listener.Close()
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
		r.Cut()
		r.served.Wait()
	})
	return r
}

// Cut cuts all connections that there are.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.conns {
		conn.Close()
	}
}

// Await returns a channel that is closed when the server has sent text to some
// client from now on.
func (r *Relay) Await(text string) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := make(chan struct{})
	r.awaits[text] = seen
	return seen
}

func (r *Relay) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer server.Close()
	if !r.add(client) {
		return
	}
	r.served.Go(func() { // until one end is gone
		io.Copy(server, client)
		server.Close()
	})
	io.Copy(client, io.TeeReader(server, &eyes{relay: r}))
	r.mu.Lock()
	delete(r.conns, client)
	r.mu.Unlock()
}

func (r *Relay) add(client net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.conns[client] = true
	}
	return !r.ended
}

// eyes see what goes by on one connection.
type eyes struct {
	relay *Relay
	last  []byte // of what went by before, as much as a text that is awaited may reach back
}

const longestText = 256

func (e *eyes) Write(p []byte) (int, error) {
	e.last = append(e.last, p...)
	e.relay.mu.Lock()
	for text, seen := range e.relay.awaits {
		if bytes.Contains(e.last, []byte(text)) {
			close(seen)
			delete(e.relay.awaits, text)
			e.last = nil // it counts once
		}
	}
	e.relay.mu.Unlock()
	if n := len(e.last); n > longestText {
		e.last = append([]byte(nil), e.last[n-longestText:]...)
	}
	return len(p), nil
}
