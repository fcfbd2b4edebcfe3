package stage

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Tamper makes a server do what the client does not hope for. Each function may
// be nil; they are called with the server's lock, for connections of the
// examined client alone.
type Tamper struct {
	// Request says what becomes of a request; a send has a client id.
	Request func(c *Conn, method, clientID string) Verdict
	// Sent is told of each frame that was sent, by its number from 1, over all
	// connections.
	Sent func(c *Conn, n int)
	// Note is told what goes over the wire, as a line: the way and the frame.
	Note func(way string, frame []byte)
}

// Verdict is what becomes of a request. The zero value lets it be.
type Verdict struct {
	Skip    bool     // it is not carried out
	Failure *Failure // the answer, whatever came of it
	Close   int      // instead of an answer
}

// Server is one world: users, conversations, one log. Its handlers may be called
// from any goroutine.
type Server struct {
	tamper Tamper
	limits map[string]int

	mu            sync.Mutex
	users         map[string]string // passwords, "" for none
	tokens        map[string]token
	conversations map[string]*conversation
	log           []entry
	sent          map[[2]string]sent // by sender and client id
	conns         []*Conn
	counter       int
	after         func() // what follows the answer
	frames        int    // sent to the examined client
	requests      int    // of the examined client
	forget        bool
	away          time.Time
	repeats       map[string]time.Time // when a refused send may come again, by client id
	violations    []string
}

// New makes an empty world.
func New(t Tamper) *Server {
	return &Server{
		tamper: t,
		limits: map[string]int{"frame_before_login": 8 << 10, "frame": 256 << 10, "login_ms": 120_000, "batch": 100, "in_flight": 256,
			"depth": 64, "body": 16 << 10, "client_id": 64, "page": 50, "page_max": 200},
		users: map[string]string{}, tokens: map[string]token{}, conversations: map[string]*conversation{},
		sent: map[[2]string]sent{}, repeats: map[string]time.Time{},
	}
}

// Serve serves one connection until it ends: of the client that is examined, or
// of somebody else.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, examined bool) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	c := &Conn{server: s, ws: ws, examined: examined}
	defer ws.CloseNow()
	defer c.closing.Wait()
	ws.SetReadLimit(256 << 10)
	s.enter(c)
	defer s.leave(c)
	for {
		kind, frame, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		if kind != websocket.MessageText || !c.take(frame) {
			return
		}
	}
}

func (s *Server) enter(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
	c.note("ana> connects", nil)
	if early := time.Until(s.away); c.examined && early > 0 {
		s.violate("the client comes back %v too early", early)
	}
}

func (s *Server) leave(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.conns {
		if s.conns[i] == c {
			s.conns = append(s.conns[:i:i], s.conns[i+1:]...)
			return
		}
	}
}

// Violations are clauses that the examined client has broken, in words.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violations
}

func (s *Server) violate(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// Forget makes the next cursor of the examined client one that cannot be
// continued from.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget = true
}

// Disconnect closes the connections of the examined client.
func (s *Server) Disconnect(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Clone(s.conns) {
		if c.examined {
			c.Close(code)
		}
	}
}

// Requests counts those of the examined client.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Frames counts those that were sent to the examined client.
func (s *Server) Frames() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames
}
