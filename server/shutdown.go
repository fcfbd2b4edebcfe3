package server

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"asappchat/protocol"
	"asappchat/server/wire"
)

const (
	// returnDelay is the least that a client is asked to wait before it comes
	// back, about what a restart takes.
	returnDelay = 500 * time.Millisecond
	// returnsPerSecond is how many clients are asked back in a second.
	returnsPerSecond = 2000
)

// ErrStuck says that the store is still busy with what it has begun. It must not
// be closed; the process may end.
var ErrStuck = errors.New("the store does not come to an end")

// settleGrace is how long the store may take after the time to shut down.
const settleGrace = time.Second

// Shutdown drains and stops the server. Readiness is taken back and new
// connections are refused; every connection is told to come back after a delay
// of its own, what is in hand is answered, and the connection closed with 1012.
// When ctx ends first, what is left is cut. All that was answered is in the
// store then, and the store may be closed, unless the error is ErrStuck. Only the first call has an effect.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.ready.Swap(false) && s.isDraining() {
		return nil
	}
	s.stop()
	s.background.Wait()
	s.drain()
	select {
	case <-s.drained:
	case <-ctx.Done():
	}
	err := s.wire.Close(ctx, protocol.CloseRestart, "restart")
	s.http.Close()
	return cmp.Or(s.settle(ctx), err)
}

// settle ends the journal and the hub, unless the store does not come to an
// end with what it has begun.
func (s *Server) settle(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { // until the store has come to an end
		s.journal.Close()
		s.hub.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-ended:
		return nil
	case <-time.After(settleGrace):
		return ErrStuck
	}
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

func (s *Server) drain() {
	s.mu.Lock()
	s.draining = true
	spread := time.Duration(len(s.sessions)+1) * time.Second / returnsPerSecond
	s.checkDrainedLocked()
	s.mu.Unlock()
	s.wire.Drain(func(c *wire.Conn) {
		s.mu.Lock()
		session := s.sessions[c]
		s.mu.Unlock()
		if session == nil {
			c.Close(protocol.CloseRestart, "restart")
			return
		}
		session.Drain(returnDelay + rand.N(spread))
	})
}
