package load

import (
	"bufio"
	"encoding/binary"
	"fmt"

	"asappchat/protocol"
)

// The first byte of a frame, of those that are whole with the bit for that
// (RFC 6455, section 5.2).
const (
	continued  = 0x00
	textPart   = 0x01
	lastPart   = 0x80
	textFrame  = 0x81
	closeFrame = 0x88
	pingFrame  = 0x89
	pongFrame  = 0x8a
)

// messageMax bounds a message, in bytes.
const messageMax = 16 << 20

// Next returns the next message, which may be used until the call after.
// Pings are answered on the way. The end of the connection is an error, a
// [CloseError] if the server has said why.
func (c *Conn) Next() ([]byte, error) {
	for {
		kind, payload, err := c.nextFrame()
		if err != nil {
			return nil, err
		}
		switch kind {
		case textFrame:
			return payload, nil
		case textPart:
			c.parts = append(c.parts[:0], payload...)
		case continued:
			c.parts = append(c.parts, payload...)
		case lastPart:
			c.parts = append(c.parts, payload...)
			return c.parts, nil
		case pingFrame:
			if err := c.Write(appendMasked(nil, pongFrame, payload)); err != nil {
				return nil, err
			}
		case pongFrame:
		case closeFrame:
			return nil, closing(payload)
		default:
			return nil, fmt.Errorf("the server sent a frame of kind %#x", kind)
		}
		if len(c.parts) > messageMax {
			return nil, fmt.Errorf("the server sent a message of more than %d bytes", messageMax)
		}
	}
}

// nextFrame waits for a whole frame, which may be used until the next call.
func (c *Conn) nextFrame() (kind byte, payload []byte, err error) {
	c.in.Discard(c.frame)
	c.frame = 0
	head, err := c.in.Peek(2)
	if err == nil && head[1] >= 126 {
		head, err = c.in.Peek(2 + extension(head[1]))
	}
	if err != nil {
		return 0, nil, err
	}
	header, length := frameLength(head)
	if length > messageMax {
		return 0, nil, fmt.Errorf("the server sent a frame of %d bytes", length)
	}
	if header+length > c.in.Size() {
		c.in = bufio.NewReaderSize(c.in, header+length)
	}
	frame, err := c.in.Peek(header + length)
	if err != nil {
		return 0, nil, err
	}
	c.frame = len(frame)
	return frame[0], frame[header:], nil
}

// more says whether the next message is there without reading. A ping before it
// is not looked behind: Next would answer it, and then perhaps have to wait.
func (c *Conn) more() bool {
	read, _ := c.in.Peek(c.in.Buffered())
	rest := read[c.frame:]
	header, length := frameLength(rest)
	return header > 0 && len(rest) >= header+length && rest[0] == textFrame
}

// extension is how many bytes of length follow the second byte of a frame that
// is not masked.
func extension(second byte) int {
	switch second {
	case 126:
		return 2
	case 127:
		return 8
	}
	return 0
}

// frameLength reads the lengths of a frame's header and of what it carries,
// which is not masked. header is 0 when too little is there.
func frameLength(frame []byte) (header, length int) {
	if len(frame) < 2 {
		return 0, 0
	}
	more := extension(frame[1])
	if len(frame) < 2+more {
		return 0, 0
	}
	switch more {
	case 2:
		return 4, int(binary.BigEndian.Uint16(frame[2:]))
	case 8:
		return 10, int(min(binary.BigEndian.Uint64(frame[2:]), 1<<62))
	}
	return 2, int(frame[1])
}

// closing reads the payload of a close frame (RFC 6455, section 5.5.1).
func closing(payload []byte) error {
	if len(payload) < 2 {
		return &CloseError{Code: protocol.CloseNormal}
	}
	return &CloseError{Code: protocol.CloseCode(binary.BigEndian.Uint16(payload)), Reason: string(payload[2:])}
}

// Frame makes a client's text frame of a message of less than 64 KiB. Its mask
// is 0 (RFC 6455, section 5.3): the receiver does the same work, and the frame
// can be patched as it stands.
func Frame(message []byte) []byte { return appendMasked(nil, textFrame, message) }

func appendMasked(b []byte, kind byte, payload []byte) []byte {
	b = appendHeader(b, kind, len(payload), 0x80)
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}

func appendHeader(b []byte, kind byte, length int, mask byte) []byte {
	if length < 126 {
		return append(b, kind, mask|byte(length))
	}
	return binary.BigEndian.AppendUint16(append(b, kind, mask|126), uint16(length))
}
