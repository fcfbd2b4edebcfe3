package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// conn is one connection of a case, used by the goroutine of the case alone.
// Every operation ends within wait. It answers pings of the server and owes
// its close, as every client does; all else is up to the case.
type conn struct {
	tcp     net.Conn
	in      *bufio.Reader
	wait    time.Duration
	release func() bool // from the context of the case

	heard   bool      // a frame came
	held    []byte    // leaves together with what is written next
	pings   []string  // of the case, that no pong has answered
	closing bool      // a close frame of ours has left
	begun   []byte    // the fragments of a message so far
	kind    byte      // the opcode of that message, 0 between messages
	texts   [][]byte  // messages that came while a pong was awaited
	pongs   []string  // to pings of the case, and not yet looked at
	back    *incoming // a close that was read, and is left for who expects it
	pinged  func()    // called when the server pings
	last    string    // the text that the case sent last
}

// cut ends the connection without a word.
func (c *conn) cut() {
	c.release()
	c.tcp.Close()
}

// start gives an operation its time.
func (c *conn) start(ctx context.Context) error {
	c.tcp.SetDeadline(time.Now().Add(c.wait))
	return ctx.Err() // when it ends later, the deadline is moved
}

// write writes what is held and raw, in pieces of at most size bytes. That the
// server has gone is no error here: what it said before can still be read.
func (c *conn) write(ctx context.Context, raw []byte, size int) error {
	if err := c.start(ctx); err != nil {
		return err
	}
	raw = append(c.held, raw...)
	c.held = nil
	for piece := range slices.Chunk(raw, max(1, min(size, len(raw)))) {
		_, err := c.tcp.Write(piece)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the server takes nothing for %v", c.wait)
		}
		if err != nil {
			return ctx.Err()
		}
	}
	return nil
}

// send writes a message in one frame and one piece.
func (c *conn) send(ctx context.Context, opcode byte, payload []byte) error {
	raw := message(opcode, payload).append(nil)
	return c.write(ctx, raw, len(c.held)+len(raw))
}

// receive returns the next message, whole, or pong, or close of the server.
func (c *conn) receive(ctx context.Context) (incoming, error) {
	if f := c.back; f != nil {
		c.back = nil
		return *f, nil
	}
	if err := c.start(ctx); err != nil {
		return incoming{}, err
	}
	for {
		f, err := readFrame(c.in)
		c.heard = c.heard || err == nil
		switch {
		case err != nil:
			return f, c.explain(ctx, err)
		case f.opcode == opPing && !c.closing:
			if err := c.send(ctx, opPong, f.payload); err != nil {
				return f, err
			}
			if c.pinged != nil {
				c.pinged()
			}
		case f.opcode == opPing:
		case f.isControl():
			return f, nil
		default:
			if err := c.join(f); err != nil {
				return f, err
			}
			if f.final {
				whole := incoming{true, c.kind, c.begun}
				c.kind, c.begun = 0, nil
				return whole, nil
			}
		}
	}
}

// join adds a fragment to the message that it belongs to.
func (c *conn) join(f incoming) error {
	switch {
	case c.kind == 0 && f.opcode == opContinuation:
		return errors.New("the server goes on with a message that it has not begun")
	case c.kind != 0 && f.opcode != opContinuation:
		return errors.New("the server begins a message within another")
	case len(c.begun)+len(f.payload) > frameMax:
		return fmt.Errorf("a message of the server has more than %d bytes", frameMax)
	case c.kind == 0:
		c.kind = f.opcode
	}
	c.begun = append(c.begun, f.payload...)
	return nil
}

var errEnded = errors.New("the server ended the connection")

// explain words an error of reading.
func (c *conn) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("nothing came within %v", c.wait)
	case err == io.EOF, errors.Is(err, syscall.ECONNRESET):
		return errEnded
	case err == io.ErrUnexpectedEOF:
		return fmt.Errorf("%w within a frame", errEnded)
	}
	return fmt.Errorf("the connection broke: %w", err)
}

// read returns the next message, which has passed checkFrame or comes with its
// error. A close is an error with its code.
func (c *conn) read(ctx context.Context) (jsontext.Value, error) {
	if len(c.texts) > 0 {
		text := c.texts[0]
		c.texts = c.texts[1:]
		return text, checkFrame(text)
	}
	for {
		f, err := c.receive(ctx)
		switch {
		case err != nil:
			return nil, err
		case f.opcode == opPong:
			if err := c.keepPong(string(f.payload)); err != nil {
				return nil, err
			}
		case f.opcode == opClose:
			c.back = &f
			code, err := closeCode(f.payload)
			return nil, errors.Join(fmt.Errorf("the server closed with %d", code), err)
		case f.opcode == opBinary:
			return f.payload, errors.New("the server sent a binary frame")
		default:
			return f.payload, checkFrame(f.payload)
		}
	}
}

// keepPong keeps a pong. It answers the oldest ping with its payload, and those
// before that one as well, of which a server may answer the newest alone. When
// no ping waits, a server may send pongs as it likes (RFC 6455, section 5.5.3).
func (c *conn) keepPong(payload string) error {
	if len(c.pings) == 0 {
		return nil
	}
	i := slices.Index(c.pings, payload)
	if i < 0 {
		return fmt.Errorf("a pong with %q, to a ping with %q", shorten(payload), shorten(c.pings[0]))
	}
	c.pings = c.pings[i+1:]
	c.pongs = append(c.pongs, payload)
	return nil
}

// pong reads up to the pong with a payload. Messages that come before it wait:
// which of them comes first is not promised.
func (c *conn) pong(ctx context.Context, payload string) error {
	for {
		if i := slices.Index(c.pongs, payload); i >= 0 {
			c.pongs = c.pongs[i+1:]
			return nil
		}
		f, err := c.receive(ctx)
		switch {
		case err != nil:
			return err
		case f.opcode == opText:
			c.texts = append(c.texts, f.payload)
		case f.opcode != opPong:
			return fmt.Errorf("a frame with opcode %d instead of a pong", f.opcode)
		default:
			if err := c.keepPong(string(f.payload)); err != nil {
				return err
			}
		}
	}
}
