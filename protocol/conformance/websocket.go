package conformance

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// This file is as much of RFC 6455, section 5, as the kit needs to be any
// client, also a broken one, and to be strict with a server.

// The first byte of a frame: the final bit, three reserved ones, the opcode.
const (
	finalBit     = 0x80
	reservedBits = 0x70
	opcodeBits   = 0x0F
)

const (
	opContinuation byte = 0x0
	opText         byte = 0x1
	opBinary       byte = 0x2
	opClose        byte = 0x8
	opPing         byte = 0x9
	opPong         byte = 0xA
)

// frameMax bounds a message of the server, in bytes.
const frameMax = 4 << 20

// controlMax bounds the payload of a ping, a pong and a close.
const controlMax = 125

// Close codes that stand for what no close frame can hold (section 7.4.1).
const (
	closeNoCode  = 1005 // a close frame without a code
	closeNoFrame = 1006 // the connection ended without a close frame
)

// outgoing is a frame of a client as it is written, right or wrong.
type outgoing struct {
	first    byte
	unmasked bool
	key      [4]byte
	length   uint64 // what its header says
	payload  []byte
}

// message is a whole message in one frame, as a right client sends it.
func message(opcode byte, payload []byte) outgoing {
	f := outgoing{first: finalBit | opcode, length: uint64(len(payload)), payload: payload}
	rand.Read(f.key[:])
	return f
}

// append writes the frame to the end of b.
func (f outgoing) append(b []byte) []byte {
	var masked byte = 0x80
	if f.unmasked {
		masked = 0
	}
	b = append(b, f.first)
	switch {
	case f.length <= controlMax:
		b = append(b, masked|byte(f.length))
	case f.length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(f.length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), f.length)
	}
	if f.unmasked {
		return append(b, f.payload...)
	}
	b = append(b, f.key[:]...)
	start := len(b)
	b = append(b, f.payload...)
	mask(b[start:], f.key)
	return b
}

// mask masks a payload, or unmasks it (section 5.3).
func mask(payload []byte, key [4]byte) {
	const block = 4 << 10
	keys := bytes.Repeat(key[:], (min(block, len(payload))+len(key)-1)/len(key))
	for piece := range slices.Chunk(payload, block) {
		subtle.XORBytes(piece, piece, keys)
	}
}

// incoming is a frame of a server, or a whole message.
type incoming struct {
	final   bool
	opcode  byte
	payload []byte
}

// readFrame reads a frame and refuses what a server must not send. It returns
// io.EOF only when the connection ended between two frames.
func readFrame(r *bufio.Reader) (incoming, error) {
	first, err := readFirst(r)
	if err != nil {
		return incoming{}, err
	}
	f := incoming{final: first&finalBit != 0, opcode: first & opcodeBits}
	length, err := readLength(r)
	switch {
	case err != nil:
		return f, err
	case first&reservedBits != 0:
		return f, errors.New("a frame of the server has a reserved bit")
	case f.opcode > opPong || f.opcode > opBinary && f.opcode < opClose:
		return f, fmt.Errorf("a frame of the server has the opcode %d", f.opcode)
	case f.isControl() && (!f.final || length > controlMax):
		return f, errors.New("a ping, pong or close of the server is in fragments or too long")
	case length > frameMax:
		return f, fmt.Errorf("a frame of the server has %d bytes", length)
	}
	f.payload = make([]byte, length)
	_, err = io.ReadFull(r, f.payload)
	return f, unexpected(err)
}

// readFirst reads the first byte of a frame, where the connection may end. Over
// TLS a server that hangs up without a word is not wrong here.
func readFirst(r *bufio.Reader) (byte, error) {
	first, err := r.ReadByte()
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return first, err
}

func (f incoming) isControl() bool { return f.opcode >= opClose }

// readLength reads the length of a payload, which is not masked and written
// as shortly as can be (section 5.2).
func readLength(r *bufio.Reader) (uint64, error) {
	second, err := r.ReadByte()
	if err != nil {
		return 0, unexpected(err)
	}
	var least, length uint64
	var long [8]byte
	switch second {
	default:
		length = uint64(second)
	case 126:
		least = 126
		_, err = io.ReadFull(r, long[6:])
		length = binary.BigEndian.Uint64(long[:])
	case 127:
		least = 1 << 16
		_, err = io.ReadFull(r, long[:])
		length = binary.BigEndian.Uint64(long[:])
	}
	switch {
	case err != nil:
		return 0, unexpected(err)
	case second > 127:
		return 0, errors.New("a frame of the server is masked")
	case length < least:
		return 0, errors.New("the length of a frame of the server is not written as shortly as can be")
	}
	return length, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// closeCode returns the code in the payload of a close frame of the server,
// closeNoCode when it is empty.
func closeCode(payload []byte) (int, error) {
	if len(payload) == 0 {
		return closeNoCode, nil
	}
	if len(payload) == 1 {
		return 0, errors.New("the server closed with half a code")
	}
	code := int(binary.BigEndian.Uint16(payload))
	switch {
	case code < 1000, code == 1004, code == closeNoCode, code == closeNoFrame, code >= 1015 && code < 3000, code >= 5000:
		return 0, fmt.Errorf("the server closed with %d, which no close frame may hold", code)
	case !utf8.Valid(payload[2:]):
		return 0, fmt.Errorf("the server closed with %d and a reason that is not UTF-8", code)
	}
	return code, nil
}
