package wire

import (
	"net/netip"
	"sync/atomic"

	"asappchat/protocol"

	"github.com/coder/websocket"
)

// Conn is one websocket connection. All methods may be called from any
// goroutine, and none but AwaitRoom ever blocks.
type Conn struct {
	server   *Server
	ws       *websocket.Conn
	addr     netip.Addr
	socket   socket
	outbox   outbox
	standing standing
	moved    bool        // to a fresh goroutine, after login; the reading goroutine's
	reading  atomic.Bool // for the peer to be silent, we must be listening
	watch    watch
}

func newConn(s *Server, addr netip.Addr) *Conn {
	c := &Conn{server: s, addr: addr, watch: newWatch(s.now())}
	c.standing.since.Store(int64(s.now()))
	c.outbox.init(s.opts.Outbox)
	c.socket.outbox = &c.outbox
	return c
}

// Send queues a text message, which must be UTF-8 and may be reused after the
// call. It is meant for answers: it is queued even beyond the bound of the
// outbox, which stays close to it because the connection is not read while
// its outbox is full. On a closing connection it does nothing.
func (c *Conn) Send(message []byte) { c.outbox.push(TextFrame(message)) }

// Put is Send for a message to which more belongs: it leaves with the next that
// is queued, in one write, or with the next Flush.
func (c *Conn) Put(message []byte) { c.outbox.put(TextFrame(message)) }

// Flush lets what was Put go. It never blocks.
func (c *Conn) Flush() { c.outbox.flushWaiting() }

// Offer queues a frame made by TextFrame. It returns false, and nothing is
// queued, when the frame does not fit into the outbox or the connection is
// closing.
func (c *Conn) Offer(frame []byte) bool { return c.outbox.offer(frame) }

// OfferAll is Offer for frames in their order: it queues as many as fit, and
// returns how many those are. They leave together.
func (c *Conn) OfferAll(frames [][]byte) int { return c.outbox.offerAll(frames) }

// OfferSpare is Offer for what may as well not be sent: it leaves half of the
// outbox to everything else.
func (c *Conn) OfferSpare(frame []byte) bool { return c.outbox.offerSpare(frame) }

// OfferLast queues a frame made by TextFrame in the place reserved beyond the
// bound. It is meant for the one notice that tells a reader that Offer failed
// and what to do; the caller offers nothing more until the peer has reacted,
// which it can only once there is room again. On a closing connection it does
// nothing.
func (c *Conn) OfferLast(frame []byte) { c.outbox.push(frame) }

// AwaitRoom blocks until less than half of the outbox is taken, and returns
// false when the connection is closing. A replay that calls it before each
// piece goes at the reader's pace.
func (c *Conn) AwaitRoom() bool { return c.outbox.awaitBelow((c.outbox.bound + 1) / 2) }

// Close sends what is queued and then closes with code and reason, of which
// 123 bytes are sent. Nothing more is queued and no more messages are handed
// over from now on. The connection is gone as soon as the peer has answered,
// or when for Options.Grace nothing has moved. Only the first of Close and Abort
// counts. When the peer has closed before, or has sent what is refused, the code
// is the one that this is answered with.
func (c *Conn) Close(code protocol.CloseCode, reason string) {
	c.outbox.close(closeFrame(code, reason), false)
}

// Abort is Close without sending what is queued, and with its own code whatever
// was before: for a peer that does not read, and for one that may no longer see
// what is queued.
func (c *Conn) Abort(code protocol.CloseCode, reason string) {
	c.outbox.close(closeFrame(code, reason), true)
}

// Done returns a channel that is closed as soon as nothing can be sent any
// more: by Close or Abort, by the answer to the peer's close, or when the
// connection is lost. Handler.Closed comes later, when it is gone.
func (c *Conn) Done() <-chan struct{} { return c.outbox.end }

// RemoteAddr returns where the peer connects from, as Options.Addr tells, or
// the zero Addr if that is unknown.
func (c *Conn) RemoteAddr() netip.Addr { return c.addr }
