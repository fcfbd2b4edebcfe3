package clientkit

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// direction is the way of bytes.
type direction string

const (
	up   direction = "up"   // to the server
	down direction = "down" // to the client
)

// cut is what happens to the connections of a client on the wire: after so many
// bytes in one direction the connection is cut, or stalled.
type cut struct {
	direction direction // empty for no cut
	after     int64
	// every has each connection cut, after so many bytes of its own, and not
	// the first alone.
	every bool
	// stall keeps what follows from passing, both ways, while the client waits.
	// Once the client has made another connection, on which late bytes went up,
	// what was held goes on its way after all: so what a client took for lost
	// arrives beside its repetition.
	stall bool
	late  int64
}

// gate is a listener whose connections are cut.
type gate struct {
	net.Listener
	cut cut

	fired atomic.Int64 // cuts that were made
	shut  sync.Mutex   // held while nobody may come in

	mu    sync.Mutex
	conns []*gated
}

// Accept takes a connection.
func (g *gate) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g.enter()
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &gated{Conn: conn, gate: g, passed: map[direction]int64{}}
	c.released.L = &c.mu
	if g.cut.direction != "" && (g.cut.every || len(g.conns) == 0) {
		c.cut = g.cut
	}
	g.conns = append(g.conns, c)
	return c, nil
}

// enter waits while nobody may come in.
func (g *gate) enter() {
	g.shut.Lock()
	defer g.shut.Unlock()
}

// rose is told how many bytes went up on a connection.
func (g *gate) rose(on *gated, total int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.conns) > 1 && g.conns[0] != on && total >= g.cut.late {
		g.conns[0].release()
	}
}

// count says how many connections there were.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

// bytes says what passed on the first connection.
func (g *gate) bytes() (upward, downward int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.conns) == 0 {
		return 0, 0
	}
	first := g.conns[0]
	first.mu.Lock()
	defer first.mu.Unlock()
	return first.passed[up], first.passed[down]
}

// releaseAll lets all pass that is held.
func (g *gate) releaseAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.release()
	}
}

// closeAll ends all connections.
func (g *gate) closeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.Conn.Close()
	}
}

// gated is the server's end of a connection.
type gated struct {
	net.Conn
	gate *gate
	cut  cut

	mu       sync.Mutex
	passed   map[direction]int64
	severed  bool
	stalled  bool
	released sync.Cond // stalled is over
	held     []byte    // what waits to go down
}

// passLocked says how many of n bytes pass before the cut, and whether it is
// there.
func (c *gated) passLocked(d direction, n int) (passing int, stop bool) {
	left := c.cut.after - c.passed[d]
	if c.cut.direction != d || int64(n) < left {
		c.passed[d] += int64(n)
		return n, false
	}
	c.passed[d] += left
	c.cut = cut{}
	c.gate.fired.Add(1)
	return int(left), true
}

func (c *gated) Read(p []byte) (int, error) {
	if c.isSevered() {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	passing, total := c.rise(n)
	c.gate.rose(c, total)
	if passing == 0 {
		return 0, io.EOF
	}
	return passing, err
}

// rise says how many of n bytes that were read go up, after a stall if there is
// one, and how many have by then.
func (c *gated) rise(n int) (passing int, total int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stall := c.cut.stall
	passing, stop := c.passLocked(up, n)
	total = c.passed[up]
	switch {
	case stop && stall:
		c.stalled = true
	case stop:
		c.severLocked()
	}
	for c.stalled {
		c.released.Wait()
	}
	switch {
	case !c.severed:
		return n, total
	case !stop: // severed on the way down
		return 0, total
	}
	return passing, total
}

func (c *gated) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.severed {
		return 0, io.ErrClosedPipe
	}
	if c.stalled {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	stall := c.cut.stall
	passing, stop := c.passLocked(down, len(p))
	n, err := c.Conn.Write(p[:passing])
	switch {
	case !stop || err != nil:
		return n, err
	case stall:
		c.stalled = true
		c.held = append(c.held, p[passing:]...)
		return len(p), nil
	}
	c.severLocked()
	return n, io.ErrClosedPipe
}

func (c *gated) isSevered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.severed
}

// severLocked ends the connection in a way that lets all that has passed arrive:
// with an end of its own, and not with a reset, which a close with something
// unread would be.
func (c *gated) severLocked() {
	c.severed = true
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
	c.Conn.SetReadDeadline(time.Now().Add(patience))
	go func() { // ends when the client has closed its end, and with patience
		io.Copy(io.Discard, c.Conn)
		c.Conn.Close()
	}()
}

// Close leaves one that was severed to its own end.
func (c *gated) Close() error {
	if c.isSevered() {
		return nil
	}
	return c.Conn.Close()
}

// release lets a stalled connection go on.
func (c *gated) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stalled {
		return
	}
	c.stalled = false
	c.Conn.Write(c.held) // to nobody, when the client has given it up
	c.held = nil
	c.released.Broadcast()
}
