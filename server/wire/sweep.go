package wire

import (
	"runtime"
	"time"

	"asappchat/protocol"
)

// sweepTurn is after how many connections others have their turn. The pings of
// thousands that came together would else be written by as many goroutines at a
// time, whose stacks stay: 2 KiB for each connection.
const sweepTurn = 8

// sweepEvery is how late, at most, a deadline of a connection is noticed.
const sweepEvery = 2 * time.Second

// watch is what the sweep knows of a connection. Only the sweep touches it.
// Times count from the start of the server and are those of the sweep that
// noticed, so nothing on the way of a message asks for the time.
type watch struct {
	heard  time.Duration // bytes came from the peer, or we did not listen
	moved  time.Duration // bytes went to the peer, or none had to; or closing began
	pinged bool          // since heard
	ending bool
}

func newWatch(now time.Duration) watch { return watch{heard: now, moved: now} }

// now returns the time since the server was made.
func (s *Server) now() time.Duration { return time.Since(s.started) }

// sweep looks at all connections every now and then, which takes the place of
// several timers for each.
func (s *Server) sweep() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var conns []*Conn
	for {
		select {
		case <-tick.C:
		case <-s.empty:
			return
		}
		conns = s.present(conns[:0])
		now, loginTimeout := s.now(), s.loginTimeout()
		for i, c := range conns {
			c.look(now, loginTimeout)
			if i%sweepTurn == sweepTurn-1 {
				runtime.Gosched()
			}
		}
		clear(conns)
	}
}

func (s *Server) loginTimeout() time.Duration {
	if s.newcomers.short() {
		return min(s.opts.LoginTimeout, shortLoginTimeout)
	}
	return s.opts.LoginTimeout
}

// look brings the watch of c up to now, and does what is due.
func (c *Conn) look(now, loginTimeout time.Duration) {
	w, opts := &c.watch, &c.server.opts
	promised, ended := c.update(now)
	stuck, silent := now-w.moved, now-w.heard
	switch {
	case ended:
		if stuck >= opts.Grace {
			c.outbox.cut()
		}
	case promised && silent >= opts.Grace: // nothing is read any more
		c.outbox.closeLast()
	case stuck >= opts.Stall:
		c.Abort(protocol.CloseLagging, "nothing was read for too long")
	case promised: // the end has its reason already
	case c.standing.waited(now) >= loginTimeout:
		c.Close(protocol.CloseIdle, "no login in time")
	case silent >= 2*opts.KeepAlive:
		c.Close(protocol.CloseIdle, "silent for too long")
	case silent >= opts.KeepAlive && !w.pinged:
		w.pinged = true
		c.outbox.pushControl(pingFrame())
	}
}

func (c *Conn) update(now time.Duration) (promised, ended bool) {
	w := &c.watch
	// Before what was heard: who closes between the two would else have been silent.
	moved, waiting, promised, ended := c.outbox.progress()
	if c.socket.heard.Swap(false) || !c.reading.Load() {
		w.heard, w.pinged = now, false
	}
	if moved || !waiting && !ended || ended && !w.ending {
		w.moved = now
	}
	w.ending = ended
	return promised, ended
}
