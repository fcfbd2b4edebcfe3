package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
)

// conn is a websocket connection of the load. It reads as much at once as has
// come, and copies nothing. It is for one goroutine, but write may be called
// from any.
type conn struct {
	socket net.Conn
	in     *bufio.Reader
	frame  int // bytes of the frame that is in use
}

// readBytes is how much one read may take, and the longest frame that the load
// understands, unless it is widened to frames of any length below 64 KiB.
const (
	readBytes = 16 << 10
	wideBytes = 64<<10 + 4
)

// The first byte of a whole frame (RFC 6455, section 5.2).
const (
	textFrame = 0x81
	pingFrame = 0x89
	pongFrame = 0x8a
)

// handshake is RFC 6455's, with the key of its section 1.2.
const handshake = "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

func dial(address string) (*conn, error) {
	socket, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conn{socket: socket, in: bufio.NewReaderSize(socket, readBytes)}
	if err := c.shakeHands(address); err != nil {
		socket.Close()
		return nil, err
	}
	return c, nil
}

func (c *conn) shakeHands(address string) error {
	if _, err := fmt.Fprintf(c.socket, handshake, address); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the handshake was answered %s", response.Status)
	}
	return nil
}

// next returns the next message, which may be used until the call after.
// Pings are answered on the way.
func (c *conn) next() ([]byte, error) {
	for {
		c.in.Discard(c.frame)
		c.frame = 0
		head, err := c.in.Peek(2)
		if err == nil && head[1] == 126 {
			head, err = c.in.Peek(4)
		}
		if err != nil {
			return nil, err
		}
		header, length := frameLength(head)
		frame, err := c.in.Peek(header + length)
		if err != nil {
			return nil, err
		}
		c.frame = len(frame)
		switch frame[0] {
		case textFrame:
			return frame[header:], nil
		case pingFrame:
			if err := c.write([]byte{pongFrame, 0x80, 0, 0, 0, 0}); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("unexpected frame %.200q", frame)
		}
	}
}

// widen makes room for frames of up to 64 KiB. It is called between two frames.
func (c *conn) widen() { c.in = bufio.NewReaderSize(c.in, wideBytes) }

// more says whether the next message is there without reading. A ping before it
// is not looked behind: next would answer it, and then perhaps have to wait.
func (c *conn) more() bool {
	read, _ := c.in.Peek(c.in.Buffered())
	rest := read[c.frame:]
	header, length := frameLength(rest)
	return header > 0 && len(rest) >= header+length && rest[0] == textFrame
}

// frameLength reads the lengths of a frame's header and of what it carries,
// which is less than 64 KiB and not masked. header is 0 when too little is
// there.
func frameLength(frame []byte) (header, length int) {
	switch {
	case len(frame) < 2:
		return 0, 0
	case frame[1] < 126:
		return 2, int(frame[1])
	case len(frame) < 4:
		return 0, 0
	}
	return 4, int(binary.BigEndian.Uint16(frame[2:]))
}

func (c *conn) write(frames []byte) error {
	_, err := c.socket.Write(frames)
	return err
}

func (c *conn) close() { c.socket.Close() }

// appendFrame makes a text frame of a message of less than 64 KiB. The mask of
// a client's frame is 0 (RFC 6455, section 5.3): the receiver does the same
// work, and the frame can be patched as it stands.
func appendFrame(b, message []byte, masked bool) []byte {
	var mask byte
	if masked {
		mask = 0x80
	}
	b = append(b, textFrame)
	if len(message) < 126 {
		b = append(b, mask|byte(len(message)))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(len(message)))
	}
	if masked {
		b = append(b, 0, 0, 0, 0)
	}
	return append(b, message...)
}
