package conformance

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Form says how a step writes what it sends: the words between its
// operation and the colon. The zero Form is a whole, masked frame in one piece.
type Form struct {
	Words    string // as written
	Opcode   byte
	More     bool   // without the final bit: a fragment, not the last
	Reserved byte   // the reserved bits, as they stand in the first byte
	Unmasked bool   // as only servers may
	Key      string // of the mask, 8 hex digits; empty for a random one
	Length   uint64 // what the header says, when HasLength
	Code     string // of a close: its two bytes, or empty

	HasLength bool
	Cut       int  // in fragments of so many bytes, the last of them final
	By        int  // in TCP writes of so many bytes
	Times     int  // so often
	Held      bool // leaves together with what the connection sends next
}

var opcodes = map[string]byte{
	"continuation": opContinuation, "text": opText, "binary": opBinary,
	"close": opClose, "ping": opPing, "pong": opPong,
}

// parseForm reads the words of a step and returns the text after their colon.
// The first is an opcode, by name or as 0x3, where one is wanted.
func parseForm(rest string, wantOpcode bool) (Form, string, error) {
	words, text, found := strings.Cut(rest, ": ")
	if !found {
		words = strings.TrimSuffix(rest, ":")
	}
	f := Form{Words: words}
	fields := strings.Fields(words)
	if wantOpcode {
		if len(fields) == 0 {
			return f, "", fmt.Errorf("a frame needs an opcode")
		}
		opcode, err := parseOpcode(fields[0])
		if err != nil {
			return f, "", err
		}
		f.Opcode, fields = opcode, fields[1:]
	}
	for len(fields) > 0 {
		n, err := f.word(fields)
		if err != nil {
			return f, "", err
		}
		fields = fields[n:]
	}
	return f, text, nil
}

func parseOpcode(word string) (byte, error) {
	if opcode, ok := opcodes[word]; ok {
		return opcode, nil
	}
	digit, ok := strings.CutPrefix(word, "0x")
	opcode, err := strconv.ParseUint(digit, 16, 4)
	if !ok || err != nil {
		return 0, fmt.Errorf("not an opcode: %q", word)
	}
	return byte(opcode), nil
}

// word reads one word of a form, with its number, and returns how many fields
// those are.
func (f *Form) word(fields []string) (int, error) {
	switch word := fields[0]; {
	case word == "more":
		f.More = true
	case word == "unmasked":
		f.Unmasked = true
	case word == "held":
		f.Held = true
	case word == "rsv1" || word == "rsv2" || word == "rsv3":
		f.Reserved |= 0x80 >> (word[3] - '0')
	case f.Opcode == opClose && word[0] >= '0' && word[0] <= '9':
		code, err := strconv.ParseUint(word, 10, 16)
		f.Code = string(binary.BigEndian.AppendUint16(nil, uint16(code)))
		return 1, err
	case len(fields) > 1:
		return 2, f.numbered(word, fields[1])
	default:
		return 0, fmt.Errorf("unknown word %q", word)
	}
	return 1, nil
}

func (f *Form) numbered(word, number string) error {
	if word == "key" {
		if raw, err := hex.DecodeString(number); err != nil || len(raw) != 4 {
			return fmt.Errorf("a key is 8 hex digits, not %q", number)
		}
		f.Key = number
		return nil
	}
	n, err := strconv.ParseUint(number, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: not a number", word, number)
	case word == "length":
		f.Length, f.HasLength = n, true
	case word == "cut" && 0 < n && n < math.MaxInt32:
		f.Cut = int(n)
	case word == "by" && 0 < n && n < math.MaxInt32:
		f.By = int(n)
	case word == "times" && 0 < n && n <= 10_000:
		f.Times = int(n)
	default:
		return fmt.Errorf("unknown word %q", word+" "+number)
	}
	return nil
}

// frames returns the bytes of the frames that carry a payload.
func (f Form) frames(payload string) []byte {
	text := []byte(f.Code + payload)
	pieces := [][]byte{text}
	if f.Cut > 0 && len(text) > 0 {
		pieces = slices.Collect(slices.Chunk(text, f.Cut))
	}
	var raw []byte
	for i, piece := range pieces {
		one := message(f.Opcode, piece)
		if i > 0 {
			one.first = finalBit | opContinuation
		}
		if f.More || i < len(pieces)-1 {
			one.first &^= finalBit
		}
		one.first |= f.Reserved
		one.unmasked = f.Unmasked
		if f.Key != "" {
			hex.Decode(one.key[:], []byte(f.Key))
		}
		if f.HasLength {
			one.length = f.Length
		}
		raw = one.append(raw)
	}
	return raw
}

// sendForm writes frames, or raw bytes, as a step wants them.
func (p *player) sendForm(ctx context.Context, s Step) error {
	text, err := p.vars.expand(s.Text)
	if err != nil {
		return err
	}
	c, f := p.conns[s.Conn], s.Form
	p.transcript.frame(s.Conn+string(s.Op)+" ", f.Words+": "+text)
	raw := []byte(text)
	if s.Op == SendFrame {
		raw = f.frames(text)
		c.note(f, text)
	}
	raw = bytes.Repeat(raw, max(1, f.Times))
	if f.Held {
		c.held = append(c.held, raw...)
		return nil
	}
	size := f.By
	if size == 0 {
		size = len(c.held) + len(raw)
	}
	return c.write(ctx, raw, size)
}

// note remembers what of the frames of a form is owed by the server, or by us
// no more.
func (c *conn) note(f Form, payload string) {
	switch f.Opcode {
	case opPing:
		c.pings = append(c.pings, slices.Repeat([]string{payload}, max(1, f.Times))...)
	case opClose:
		c.closing = true
	}
}
