package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"asappchat/protocol"
)

// The opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
	fin            = 0x80
)

const handshake = "GET / HTTP/1.1\r\nHost: chat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// client is a websocket client that sends any bytes it is told to.
type client struct {
	t   testing.TB
	net net.Conn
	in  *bufio.Reader
}

type frame struct {
	first   byte
	payload []byte
}

func newClient(t testing.TB, conn net.Conn) *client {
	return &client{t: t, net: conn, in: bufio.NewReader(conn)}
}

// connect returns a client and, at the other end, its connection. The bytes
// of early go out with the handshake.
func (h *house) connect(early ...byte) (*client, *Conn) {
	h.t.Helper()
	conn, err := h.dial()
	if err != nil {
		h.t.Fatal(err)
	}
	c := newClient(h.t, conn)
	h.t.Cleanup(func() { conn.Close() })
	if status := c.request(handshake + string(early)); status != http.StatusSwitchingProtocols {
		h.t.Fatalf("handshake: status %d", status)
	}
	return c, <-h.conns
}

// request sends an HTTP request and returns the status of its answer.
func (c *client) request(text string) int {
	c.t.Helper()
	c.write([]byte(text))
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode
}

func (c *client) write(data []byte) {
	c.t.Helper()
	if _, err := c.net.Write(data); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(message string) { c.t.Helper(); c.write(masked(fin|opText, message)) }

// masked returns a frame as clients send it.
func masked(first byte, payload string) []byte {
	out := appendHeader(nil, first, len(payload))
	out[1] |= 0x80
	key := []byte{1, 2, 3, 4}
	out = append(out, key...)
	for i := range len(payload) {
		out = append(out, payload[i]^key[i%4])
	}
	return out
}

// receive returns the next frame, which must be whole and unmasked.
func (c *client) receive() (frame, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(c.in, head); err != nil {
		return frame{}, err
	}
	length := uint64(head[1])
	if length >= 126 {
		extended := make([]byte, 8)
		used := extended[:2+6*(length-126)]
		if _, err := io.ReadFull(c.in, used); err != nil {
			return frame{}, err
		}
		length = binary.BigEndian.Uint64(append(make([]byte, 8-len(used)), used...))
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(c.in, payload)
	return frame{head[0], payload}, err
}

func (c *client) want(first byte, payload string) {
	c.t.Helper()
	got, err := c.receive()
	if err != nil {
		c.t.Fatal(err)
	}
	if got.first != first || !bytes.Equal(got.payload, []byte(payload)) {
		c.t.Fatalf("got frame %x with %.60q (%d bytes), want %x with %.60q", got.first, got.payload, len(got.payload), first, payload)
	}
}

// closing reads up to a close frame and returns its code; an error if there
// is none.
func (c *client) closing() (protocol.CloseCode, error) {
	for {
		f, err := c.receive()
		switch {
		case err != nil:
			return 0, err
		case f.first == fin|opClose && len(f.payload) < 2:
			return 1005, nil
		case f.first == fin|opClose:
			return protocol.CloseCode(binary.BigEndian.Uint16(f.payload)), nil
		}
	}
}

func (c *client) wantClose(want protocol.CloseCode) {
	c.t.Helper()
	got, err := c.closing()
	if err != nil || got != want {
		c.t.Fatalf("closed with %d, %v, want %d", got, err, want)
	}
}

// wantEnd reads what is left, which must be nothing, until the server closes.
func (c *client) wantEnd() {
	c.t.Helper()
	if rest, _ := io.ReadAll(c.in); len(rest) != 0 {
		c.t.Fatalf("%d bytes after the close frame", len(rest))
	}
}

func (c *client) closeNormally() {
	c.t.Helper()
	c.write(masked(fin|opClose, "\x03\xe8"))
}

func number(i int) string { return fmt.Sprintf("message %06d", i) }
