package conformance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"unicode/utf8"
)

// wire is the websocket of the scripted server. It reads RFC 6455 to the
// letter, but for its fault.
type wire struct {
	tcp    net.Conn
	in     *bufio.Reader
	tamper tampering
	limit  int
	begun  bool // a message is being read
	text   []byte
}

func (w *wire) has(fault string) bool { return w.tamper.fault == fault }

// errDone says that the connection has ended.
var errDone = errors.New("done")

// message returns the next message, whole, or false when the connection has
// ended. It answers pings and closes.
func (w *wire) message() ([]byte, bool) {
	for {
		f, err := w.frame()
		if err != nil {
			return nil, false
		}
		switch f.opcode {
		case opPing:
			err = w.ping(f.payload)
		case opClose:
			err = w.closed(f.payload)
		case opText, opBinary, opContinuation:
			err = w.join(f)
		}
		if err != nil {
			return nil, false
		}
		if !f.isControl() && f.final {
			text := w.text
			w.begun, w.text = false, nil
			return text, true
		}
	}
}

// frame reads a frame. One that no client may send closes the connection.
func (w *wire) frame() (incoming, error) {
	var head [2]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return incoming{}, err
	}
	f := incoming{final: head[0]&finalBit != 0, opcode: head[0] & opcodeBits}
	masked, length := head[1]&0x80 != 0, uint64(head[1]&0x7F)
	var long [8]byte
	switch length {
	case 126:
		io.ReadFull(w.in, long[6:])
		length = binary.BigEndian.Uint64(long[:])
	case 127:
		io.ReadFull(w.in, long[:])
		length = binary.BigEndian.Uint64(long[:])
	}
	if code := w.violation(f, head[0]&reservedBits, masked, length); code != 0 {
		if err := w.fail(code); err != nil {
			return f, err
		}
	}
	var key [4]byte
	if masked {
		io.ReadFull(w.in, key[:])
	}
	f.payload = make([]byte, length)
	_, err := io.ReadFull(w.in, f.payload)
	mask(f.payload, key)
	return f, err
}

// violation returns the code to close with on account of a header, or 0.
func (w *wire) violation(f incoming, reserved byte, masked bool, length uint64) int {
	control := f.isControl()
	known := f.opcode <= opBinary || f.opcode >= opClose && f.opcode <= opPong
	switch {
	case reserved != 0 && !w.has("passes over reserved bits"),
		!masked && !w.has("takes frames without a mask"),
		!known && !w.has("passes over reserved opcodes"),
		control && length > controlMax && !w.has("takes pings of any length"),
		control && !f.final && !w.has("takes pings in fragments"),
		length >= 1<<63,
		f.opcode == opContinuation && !w.begun && !w.has("takes continuations of nothing"),
		!control && known && f.opcode != opContinuation && w.begun && !w.has("takes a message within a message"):
		return 1002
	case f.opcode == opBinary && !w.has("takes binary for text"):
		return 1003
	case w.has("counts each fragment alone") && length <= uint64(w.limit), w.has("knows no limit"):
		return 0
	case length+uint64(len(w.text)) > uint64(w.limit):
		return 1009
	}
	return 0
}

// join adds a fragment to its message, which is checked when it is whole.
func (w *wire) join(f incoming) error {
	switch {
	case w.begun && w.has("loses continuations"):
	case w.has("keeps the last fragment alone"):
		w.text = f.payload
	default:
		w.text = append(w.text, f.payload...)
	}
	w.begun = true
	switch {
	case w.has("takes what is not UTF-8"):
		return nil
	case w.has("looks at fragments alone") && !utf8.Valid(f.payload),
		w.has("fails at the first wrong byte") && !mayGoOn(w.text),
		f.final && !utf8.Valid(w.text):
		return w.fail(1007)
	}
	return nil
}

// mayGoOn says whether text is UTF-8 but for a character that is not whole.
func mayGoOn(text []byte) bool {
	for cut := range min(utf8.UTFMax, len(text)+1) {
		end := len(text) - cut
		if utf8.Valid(text[:end]) && (cut == 0 || !utf8.FullRune(text[end:])) {
			return true
		}
	}
	return false
}

func (w *wire) ping(payload []byte) error {
	switch {
	case w.has("answers no ping"), w.has("answers pings at the end of a message") && w.begun:
		return nil
	case w.has("answers pings without their payload"):
		payload = nil
	case w.has("forgets the message at a ping"):
		w.begun, w.text = true, nil
	case w.has("answers the newest ping alone") && w.in.Buffered() > 0:
		return nil
	}
	w.write(finalBit|opPong, payload)
	return nil
}

// closed answers a close and ends the connection.
func (w *wire) closed(payload []byte) error {
	_, err := closeCode(payload)
	switch {
	case w.has("does not answer a close"):
		return w.end()
	case w.has("goes on after a close"):
		return nil
	case w.has("answers every close alike"):
		return w.fail(1000)
	case w.has("repeats every close"):
		w.write(finalBit|opClose, payload)
		return w.end()
	case err != nil:
		return w.fail(1002)
	}
	w.write(finalBit|opClose, payload[:min(2, len(payload))])
	return w.end()
}

// fail closes with a code.
func (w *wire) fail(code int) error {
	if w.has("closes with another code") {
		code = 1001
	}
	if !w.has("ends without a close") {
		w.write(finalBit|opClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
	}
	if w.has("goes on after what is wrong") {
		return nil
	}
	if w.has("sends after its close") {
		w.write(finalBit|opText, []byte("{}"))
	}
	return w.end()
}

// end tells the client that nothing follows and waits until it has gone, so
// that what was written gets there.
func (w *wire) end() error {
	if half, ok := w.tcp.(interface{ CloseWrite() error }); ok && !w.has("stays after both closes") {
		half.CloseWrite()
	}
	io.Copy(io.Discard, w.in)
	return errDone
}

// write sends a frame. What becomes of it is seen by reading.
func (w *wire) write(first byte, payload []byte) {
	raw := frameOf(first, payload)
	if w.tamper.bytes != nil {
		raw = w.tamper.bytes(first, payload)
	}
	w.tcp.Write(raw)
}

// frameOf returns a frame as a server sends it.
func frameOf(first byte, payload []byte) []byte {
	return outgoing{first: first, unmasked: true, length: uint64(len(payload)), payload: payload}.append(nil)
}
