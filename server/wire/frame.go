package wire

import (
	"encoding/binary"
	"unicode/utf8"

	"asappchat/protocol"
)

// The first byte of a whole frame (RFC 6455, section 5.2): the final bit and
// the opcode.
const (
	frameText  = 0x81
	frameClose = 0x88
	framePing  = 0x89
	framePong  = 0x8a
)

// maxReason is how many bytes of a close frame are left for its reason.
const maxReason = 125 - 2

// TextFrame returns the text frame that carries message, which must be UTF-8,
// unmasked as servers send it (RFC 6455, section 5.2). It is made once and
// offered to any number of connections; nobody may change it afterwards.
func TextFrame(message []byte) []byte {
	frame := make([]byte, 0, 10+len(message))
	frame = appendHeader(frame, frameText, len(message))
	return append(frame, message...)
}

// closeFrame returns the frame that closes with code. A reason that does not
// fit is cut between two characters.
func closeFrame(code protocol.CloseCode, reason string) []byte {
	for len(reason) > maxReason {
		_, size := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-size]
	}
	frame := appendHeader(nil, frameClose, 2+len(reason))
	frame = binary.BigEndian.AppendUint16(frame, uint16(code))
	return append(frame, reason...)
}

// pingFrame returns a ping without a payload.
func pingFrame() []byte { return []byte{framePing, 0} }

func appendHeader(frame []byte, first byte, length int) []byte {
	switch {
	case length < 126:
		return append(frame, first, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(frame, first, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(frame, first, 127), uint64(length))
	}
}
