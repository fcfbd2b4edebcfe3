package programs

import (
	"bufio"
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// bare is a broadcast on the server's websocket library and nothing else: what
// one connection sends goes to all. It has no login, no store, no bound on
// what waits and no care for a reader that is slow.
type bare struct {
	joined bool // frames that wait leave in one write; else each is written by itself

	mu    sync.Mutex
	conns []*bareConn
}

func startBare(joined bool) (*Program, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	web := &http.Server{Handler: &bare{joined: joined}}
	go web.Serve(listener) // until close
	return &Program{Address: listener.Addr().String(), close: web.Close}, nil
}

// ServeHTTP takes in a connection. To join frames it must have the socket, and
// then it also asks for the buffers that the server asks for.
func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &bareConn{}
	if b.joined {
		w = &hijacker{w, c}
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	c.ws = ws
	b.mu.Lock()
	b.conns = append(b.conns, c)
	b.mu.Unlock()
	go b.serve(c) // until the connection is gone
}

func (b *bare) serve(c *bareConn) {
	for {
		_, message, err := c.ws.Read(context.Background())
		if err != nil {
			return
		}
		b.broadcast(message)
	}
}

func (b *bare) broadcast(message []byte) {
	b.mu.Lock()
	conns := b.conns
	b.mu.Unlock()
	if !b.joined {
		for _, c := range conns {
			c.ws.Write(context.Background(), websocket.MessageText, message)
		}
		return
	}
	frame := textFrame(message)
	for _, c := range conns {
		c.push(frame)
	}
}

// textFrame makes the frame of a message of less than 64 KiB (RFC 6455,
// section 5.2).
func textFrame(message []byte) []byte {
	const whole = 0x81
	if len(message) < 126 {
		return append([]byte{whole, byte(len(message))}, message...)
	}
	return append(binary.BigEndian.AppendUint16([]byte{whole, 126}, uint16(len(message))), message...)
}

// bareConn is a connection and what waits for it.
type bareConn struct {
	ws     *websocket.Conn
	socket net.Conn

	mu       sync.Mutex
	waiting  []byte
	flushing bool
}

func (c *bareConn) push(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, frame...)
	if !c.flushing {
		c.flushing = true
		go c.flush() // until nothing waits
	}
}

func (c *bareConn) flush() {
	var written []byte
	for {
		c.mu.Lock()
		piece := c.waiting
		c.waiting = written[:0]
		c.flushing = len(piece) > 0
		c.mu.Unlock()
		if len(piece) == 0 {
			return
		}
		c.socket.Write(piece)
		written = piece
	}
}

// hijacker keeps the socket that it hands to the library.
type hijacker struct {
	http.ResponseWriter
	conn *bareConn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket, _, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn.socket = socket
	return socket, bufio.NewReadWriter(bufio.NewReaderSize(socket, 1<<10), bufio.NewWriterSize(socket, 256)), nil
}
