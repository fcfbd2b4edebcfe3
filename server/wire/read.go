package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"unicode/utf8"

	"asappchat/protocol"

	"github.com/coder/websocket"
)

// closeProtocolError is the code for frames that break RFC 6455. No client of
// ours ever sees it, so protocol does not name it.
const closeProtocolError protocol.CloseCode = 1002

// messages are the buffers that messages are read into; one is in use from a
// message's first bytes to its Handler's return. Those that a long message
// has grown beyond keepMessage are left to the collector.
var messages = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 2<<10)) }}

const keepMessage = 64 << 10

// violation says with what to close on account of what was read.
type violation struct {
	code   protocol.CloseCode
	reason string
}

func (v violation) Error() string { return v.reason }

// serve is the life of a connection in its reading goroutine.
func (c *Conn) serve() { c.serveOn(c.handler()) }

// serveOn goes on with a connection until it is gone. It moves to a fresh
// goroutine once, after the message that logged in: logging in needs a deep
// stack, which Go would keep as large for the life of the connection. That
// saves 4 KiB of an idle connection.
func (c *Conn) serveOn(handler Handler) {
	err := c.read(handler)
	if err == errMove {
		go c.serveOn(handler) // until the connection is gone
		return
	}
	defer c.server.remove(c)
	defer c.bury()
	c.part(handler, err)
	c.outbox.awaitFlushed()
	c.socket.Conn.Close()
	c.ws.CloseNow() // for the library to forget the connection
	c.closed(handler)
}

// errMove says that the connection goes on in another goroutine.
var errMove = errors.New("wire: move")

// read hands over messages until an error, which is never nil. A closing
// connection is read on, so that the peer's answer is seen and nothing that
// it still sends stands between it and our close frame.
func (c *Conn) read(handler Handler) error {
	for {
		closing := !c.outbox.awaitBelow(c.outbox.bound)
		c.reading.Store(true)
		c.socket.skipPongs()
		kind, r, err := c.ws.Reader(context.Background())
		if err == nil && kind != websocket.MessageText {
			err = violation{protocol.CloseUnsupported, "only text messages are taken"}
		}
		if err == nil && closing {
			_, err = io.Copy(io.Discard, r)
		} else if err == nil {
			err = c.readMessage(r, handler)
		}
		if err == nil && !c.moved && c.standing.isAdmitted() {
			c.moved = true
			err = errMove
		}
		if err != nil {
			return err
		}
	}
}

func (c *Conn) readMessage(r io.Reader, handler Handler) error {
	message := messages.Get().(*bytes.Buffer)
	defer putMessage(message)
	if _, err := message.ReadFrom(r); err != nil {
		return err
	}
	if !utf8.Valid(message.Bytes()) {
		return violation{protocol.CloseInvalidData, "the message is not UTF-8"}
	}
	c.reading.Store(false)
	c.deliver(handler, message.Bytes())
	return nil
}

func putMessage(message *bytes.Buffer) {
	if message.Cap() <= keepMessage {
		message.Reset()
		messages.Put(message)
	}
}

// part ends the conversation after err, which is the peer's close or what it
// is closed for: when what came before is answered, or after Options.Grace
// (look). Unless the peer is gone or has closed, it reads on until the peer has
// gone or is cut: closing a socket that still holds unread bytes resets the
// connection, and the peer may lose our close frame.
func (c *Conn) part(handler Handler, err error) {
	if c.socket.lost {
		c.outbox.cut()
		return
	}
	closed := websocket.CloseStatus(err) != -1 // and the library has promised the answer
	if !closed {
		v := violation{closeProtocolError, "not a frame as RFC 6455 has it"}
		errors.As(err, &v)
		c.outbox.promise(closeFrame(v.code, v.reason)) // unless the library has
	}
	if !c.outbox.hasEnded() {
		c.settle(handler)
	}
	c.outbox.closeLast()
	if !closed {
		io.Copy(io.Discard, &c.socket)
	}
}

// handler makes the connection's Handler; nil if that panicked.
func (c *Conn) handler() (h Handler) {
	defer c.recovered()
	return c.server.handle(c)
}

func (c *Conn) deliver(handler Handler, message []byte) {
	defer c.recovered()
	handler.Message(message)
}

func (c *Conn) settle(handler Handler) {
	defer c.recovered()
	handler.Settle()
}

func (c *Conn) closed(handler Handler) {
	defer c.recovered()
	if handler != nil {
		handler.Closed()
	}
}

// recovered is deferred around each call of a Handler.
func (c *Conn) recovered() {
	if p := recover(); p != nil {
		c.server.opts.Logger.Error("panic in a connection's handler", "panic", p, "stack", string(debug.Stack()))
		c.Close(protocol.CloseInternal, "internal error")
	}
}
