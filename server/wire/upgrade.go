package wire

import (
	"bufio"
	"net"
	"net/http"
	"strings"

	"asappchat/protocol"

	"github.com/coder/websocket"
)

// The library's buffers for one connection, which it keeps while the
// connection lives. For reading it has the least that bufio makes, where we lend
// a better one, and elsewhere (TLS) what most requests fit into. For writing it
// has what the largest control frame fits into, which is 2 + 125 bytes.
const (
	leastBuffer = 16
	readBuffer  = 1 << 10
	writeBuffer = 128
)

// version is that of the websocket protocol (RFC 6455, section 4.1).
const version = "13"

// ServeHTTP makes a websocket connection of the request and returns; the
// connection goes on in a goroutine of its own, so that the buffers and the
// goroutine of net/http go. It answers 426 to what is no handshake or one of
// another version, 403 to a foreign origin, 503 when draining or when too many
// wait for login.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		http.Error(w, s.opts.Hint(r), http.StatusUpgradeRequired)
		return
	}
	if r.Header.Get("Sec-WebSocket-Version") != version { // RFC 6455, section 4.4
		w.Header().Set("Sec-WebSocket-Version", version)
		http.Error(w, "version "+version+" of the websocket protocol is needed", http.StatusUpgradeRequired)
		return
	}
	addr := s.opts.Addr(r)
	if !s.newcomers.enter(addr) {
		unavailable(w, tooManyNewcomers)
		return
	}
	if !s.begin() {
		s.newcomers.leave(addr)
		unavailable(w, "draining")
		return
	}
	s.upgrade(w, r, newConn(s, addr))
}

func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, c *Conn) {
	s.turns <- struct{}{}
	defer func() { <-s.turns }()
	ws, err := websocket.Accept(&hijacker{w, c}, r, &websocket.AcceptOptions{OriginPatterns: s.opts.Origins})
	if err != nil { // it has been answered
		s.newcomers.leave(c.addr)
		s.abandon()
		return
	}
	c.ws = ws
	c.limitMessages(s.opts.FirstReadLimit)
	if !s.add(c) {
		c.Close(protocol.CloseRestart, "draining")
	}
	go c.serve() // until the connection is gone
}

func unavailable(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, why, http.StatusServiceUnavailable)
}

// hijacker hands our socket and small buffers to the library in the place of
// net/http's.
type hijacker struct {
	http.ResponseWriter
	conn *Conn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := buffers.Reader.Peek(buffers.Reader.Buffered())
	s := &h.conn.socket
	h.conn.outbox.socket = raw
	return s, s.use(raw, early), nil
}
