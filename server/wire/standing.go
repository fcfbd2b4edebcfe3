package wire

import (
	"sync"
	"sync/atomic"
	"time"

	"asappchat/protocol"
)

// standing tells whether a connection is a newcomer, which holds one place
// among the newcomers of its server, or admitted, or gone.
type standing struct {
	mu    sync.Mutex   // held while since changes, so that the places stay counted
	since atomic.Int64 // when it became a newcomer (Server.now), or one of those below
}

const (
	admitted = -1
	gone     = -2 // for good
)

// Admit says that the peer has logged in: its messages may from now on have
// readLimit bytes, beginning with the next, and the login deadline is lifted.
func (c *Conn) Admit(readLimit int) {
	s := &c.standing
	s.mu.Lock()
	defer s.mu.Unlock()
	c.limitMessages(readLimit)
	if s.isNewcomer() {
		c.server.newcomers.leave(c.addr)
		s.since.Store(admitted)
	}
}

// Dismiss says that the peer has logged out: the connection is a newcomer, as
// if it had connected just now. Its messages may have Options.FirstReadLimit
// bytes, beginning with the next, and the time to log in counts anew. When
// there are too many newcomers, it is closed with 1013. Without an Admit since
// the last call it does nothing.
func (c *Conn) Dismiss() {
	s := &c.standing
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.Load() != admitted {
		return
	}
	c.limitMessages(c.server.opts.FirstReadLimit)
	if !c.server.newcomers.enter(c.addr) {
		c.Close(protocol.CloseOverloaded, tooManyNewcomers)
		return
	}
	s.since.Store(int64(c.server.now()))
}

// limitMessages sets how many bytes messages may have, from the next on.
func (c *Conn) limitMessages(n int) {
	c.ws.SetReadLimit(int64(n))
	c.socket.limit.Store(int64(n))
}

// bury ends the standing of a connection that is gone.
func (c *Conn) bury() {
	s := &c.standing
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isNewcomer() {
		c.server.newcomers.leave(c.addr)
	}
	s.since.Store(gone)
}

func (s *standing) isNewcomer() bool { return s.since.Load() >= 0 }

func (s *standing) isAdmitted() bool { return s.since.Load() == admitted }

// waited returns how long the connection has been a newcomer, 0 if it is none.
func (s *standing) waited(now time.Duration) time.Duration {
	since := time.Duration(s.since.Load())
	if since < 0 {
		return 0
	}
	return now - since
}
