package wire

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"asappchat/protocol"
)

// house is a Server behind an http.Server, on connections that live in memory
// (in a bubble of testing/synctest too) or on loopback.
type house struct {
	*Server
	t        testing.TB
	listener net.Listener
	dial     func() (net.Conn, error)
	conns    chan *Conn // of each new connection
}

// startPiped serves over net.Pipe, where a write waits for its reader.
func startPiped(t testing.TB, opts Options, handle func(*Conn) Handler) *house {
	l := newPipeListener()
	return start(t, l, l.dial, opts, handle)
}

// startLoopback serves over TCP.
func startLoopback(t testing.TB, opts Options, handle func(*Conn) Handler) *house {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return start(t, l, func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }, opts, handle)
}

func start(t testing.TB, l net.Listener, dial func() (net.Conn, error), opts Options, handle func(*Conn) Handler) *house {
	h := &house{t: t, listener: l, dial: dial, conns: make(chan *Conn, 100)}
	h.Server = NewServer(opts, func(c *Conn) Handler {
		select {
		case h.conns <- c:
		default:
		}
		return handle(c)
	})
	web := &http.Server{Handler: h.Server, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		web.Serve(l)
	}()
	t.Cleanup(func() {
		web.Close()
		<-served
		h.shutDown()
	})
	return h
}

func (h *house) shutDown() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := h.Close(ctx, protocol.CloseGoingAway, "the test is over"); err != nil {
		h.t.Error(err)
	}
}

// Len returns the number of present connections, closing ones included.
func (h *house) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.Server.conns)
}

// script is a Handler made of functions, each of which may be nil.
type script struct {
	message func(data []byte)
	settle  func()
	closed  func()
}

func (s script) Message(data []byte) {
	if s.message != nil {
		s.message(data)
	}
}

func (s script) Settle() {
	if s.settle != nil {
		s.settle()
	}
}

func (s script) Closed() {
	if s.closed != nil {
		s.closed()
	}
}

func silent(*Conn) Handler { return script{} }

func echo(c *Conn) Handler { return script{message: c.Send} }

// pipeListener accepts the server ends of pipes.
type pipeListener struct {
	accept chan net.Conn
	done   chan struct{}
	writes atomic.Int64 // of the server, over all connections
}

func newPipeListener() *pipeListener {
	return &pipeListener{accept: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.accept <- &meteredConn{server, &l.writes}:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
		return errors.New("closed twice")
	default:
		close(l.done)
		return nil
	}
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

type meteredConn struct {
	net.Conn
	writes *atomic.Int64
}

func (m *meteredConn) Write(p []byte) (int, error) {
	m.writes.Add(1)
	return m.Conn.Write(p)
}
