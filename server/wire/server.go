package wire

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
)

// Handler serves the messages of one connection. All calls, and the one that
// made it, come from the connection's reading goroutine, one at a time.
type Handler interface {
	// Message takes one whole text message of valid UTF-8, which may be used
	// during the call only. It may block: the connection is not read
	// meanwhile. A panic closes the connection with 1011. After Conn.Close
	// nothing more is handed over.
	Message(data []byte)
	// Settle is called at most once, after the last Message, when the peer has
	// closed, or sent what it is closed for. It blocks until all before that
	// has been answered; then the close frame follows, which after
	// Options.Grace it does anyway. It must not wait for the peer, which is
	// not read any more.
	Settle()
	// Closed is called once, after all other calls, when the connection is
	// gone. Conn.Done may have told earlier that it was closing.
	Closed()
}

// Server is the set of present websocket connections. It is an http.Handler
// that takes in new ones. All methods may be called from any goroutine.
type Server struct {
	opts      Options
	handle    func(*Conn) Handler
	newcomers *newcomers
	turns     chan struct{} // each holds one who shakes hands
	started   time.Time

	mu         sync.Mutex
	conns      map[*Conn]struct{}
	handshakes int           // under way, not yet in conns
	draining   bool          // refuses new ones
	closing    bool          // Close was called
	empty      chan struct{} // closed when closing and the last one is gone
}

// handshakesAtOnce is how many shake hands at the same time, for each core. When
// everybody comes back at once the others wait without being in the way of
// those who are there: whatever is to run waits behind all that can.
const handshakesAtOnce = 8

// NewServer returns a server without connections. handle is called once for
// each new connection, in its reading goroutine and before anything is read,
// and must not return nil. Close ends the server's goroutine.
func NewServer(opts Options, handle func(*Conn) Handler) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts:      opts,
		handle:    handle,
		newcomers: newNewcomers(opts),
		turns:     make(chan struct{}, handshakesAtOnce*runtime.GOMAXPROCS(0)),
		started:   time.Now(),
		conns:     map[*Conn]struct{}{},
		empty:     make(chan struct{}),
	}
	go s.sweep() // until empty is closed
	return s
}

// Drain refuses new connections from now on, with status 503, or with close
// code 1012 if the handshake was already under way, and calls each for every
// present one.
func (s *Server) Drain(each func(*Conn)) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	for _, c := range s.present(nil) {
		each(c)
	}
}

// Close refuses new connections, closes the present ones with code and waits
// until all of them are gone: their Handlers have returned from Closed, and
// none of their goroutines is left. When ctx ends first, it cuts what is left
// and returns the error of ctx without waiting any longer.
func (s *Server) Close(ctx context.Context, code protocol.CloseCode, reason string) error {
	s.Drain(func(c *Conn) { c.Close(code, reason) })
	s.shut()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		for _, c := range s.present(nil) {
			c.outbox.cut()
		}
		return ctx.Err()
	}
}

func (s *Server) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.closing = true
		s.checkEmptyLocked()
	}
}

// present appends all connections to conns.
func (s *Server) present(conns []*Conn) []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.AppendSeq(conns, maps.Keys(s.conns))
}

// begin counts a handshake that is under way; false when draining.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.handshakes++
	return true
}

// abandon takes back a begin.
func (s *Server) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handshakes--
	s.checkEmptyLocked()
}

// add makes the entry of c, whose handshake ends with that. It returns false
// when draining began meanwhile.
func (s *Server) add(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handshakes--
	s.conns[c] = struct{}{}
	return !s.draining
}

func (s *Server) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.checkEmptyLocked()
}

func (s *Server) checkEmptyLocked() {
	if s.closing && len(s.conns)+s.handshakes == 0 {
		close(s.empty)
	}
}
