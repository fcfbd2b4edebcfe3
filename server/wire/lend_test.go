package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"asappchat/protocol/alloctest"
)

// drip is a connection that has its bytes come in pieces: each attempt to read
// finds the rest of one. It ends after the last.
type drip struct {
	pieces [][]byte
	r, w   *os.File // of a pipe that holds a piece
}

// socketOf returns a socket to which pieces come.
func socketOf(t *testing.T, pieces ...[]byte) *socket {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	s := new(socket)
	s.lent.from(&drip{pieces, r, w})
	s.lookAhead(&s.lent, leastBuffer)
	return s
}

func (d *drip) Read(attempt func(fd uintptr) bool) error {
	raw, err := d.r.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(fd uintptr) bool {
		for !attempt(fd) {
			if len(d.pieces) == 0 {
				d.w.Close()
				continue
			}
			d.w.Write(d.pieces[0])
			d.pieces = d.pieces[1:]
		}
		return true
	})
}

func (*drip) Write(func(uintptr) bool) error { return errors.ErrUnsupported }
func (*drip) Control(func(uintptr)) error    { return errors.ErrUnsupported }

// nextFrame returns the next frame of a client, as the library would find it.
func nextFrame(s *socket) ([]byte, error) {
	s.skipPongs()
	head, err := s.ahead.Peek(4)
	if err != nil {
		return nil, err
	}
	size := 2 + 4 + int(head[1]&0x7f)
	if head[1]&0x7f == 126 {
		size = 4 + 4 + int(binary.BigEndian.Uint16(head[2:]))
	}
	frame := make([]byte, size)
	_, err = io.ReadFull(s.ahead, frame)
	return frame, err
}

// Wherever frames are cut in two on their way, they all come, in their order, but
// for pongs without a payload.
func TestEveryFrameIsReadWhereverItIsCut(t *testing.T) {
	pong := masked(fin|opPong, "")
	frames := [][]byte{
		pong, masked(fin|opText, "one"), pong, pong, masked(fin|opPong, "two"), masked(fin|opPing, ""),
		masked(fin|opText, ""), pong, append([]byte{fin | opText, 0x80 | 60, 0, 0, 0, 0}, bytes.Repeat(pong, 10)...),
		masked(fin|opText, strings.Repeat("x", 300)), pong,
	}
	want := slices.DeleteFunc(slices.Clone(frames), func(f []byte) bool { return bytes.Equal(f, pong) })
	all := bytes.Join(frames, nil)
	for cut := range len(all) {
		s := socketOf(t, all[:cut], all[cut:])
		var got [][]byte
		f, err := nextFrame(s)
		for ; err == nil; f, err = nextFrame(s) {
			if !bytes.Equal(f, pong) {
				got = append(got, f)
			}
		}
		if !slices.EqualFunc(got, want, bytes.Equal) || err != io.ErrUnexpectedEOF {
			t.Fatalf("cut at %d: %x, then %v, want %x", cut, got, err, want)
		}
	}
}

// A frame longer than the library's buffer, of which some came with the handshake.
func TestEveryFrameIsReadWhereverTheHandshakeCutsIt(t *testing.T) {
	h := startLoopback(t, Options{}, echo)
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	sent := slices.Concat(masked(fin|opText, one), masked(fin|opPong, ""), masked(fin|opText, two))
	for cut := range len(sent) + 1 {
		c, conn := h.connect(sent[:cut]...)
		c.write(sent[cut:])
		c.want(frameText, one)
		c.want(frameText, two)
		if size := conn.socket.ahead.Size(); size > 16 {
			t.Fatalf("the library keeps a buffer of %d bytes, too", size)
		}
	}
}

func TestConnectionsThatAreMoreThanSocketsAreReadAsTheyAre(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	s := new(socket)
	s.use(struct{ *net.TCPConn }{}, nil)
	if s.reader == &s.lent {
		t.Error("a wrapped socket is read past its wrapping")
	}
	s.use(server, nil)
	if s.reader != server || s.ahead.Size() != readBuffer {
		t.Error("a pipe has no buffer to read into")
	}
}

func TestLongestPingIsAnswered(t *testing.T) {
	h := startLoopback(t, Options{}, echo)
	c, _ := h.connect()
	payload := strings.Repeat("p", 125)
	c.write(masked(fin|opPing, payload))
	c.want(fin|opPong, payload)
}

func TestPongsAreHeard(t *testing.T) {
	s := socketOf(t, masked(fin|opPong, ""))
	s.skipPongs()
	if !s.heard.Load() {
		t.Error("the peer is taken for silent")
	}
}

func TestBufferIsOnlyLentWhileSomethingIsUnread(t *testing.T) {
	s := socketOf(t, []byte("abc"))
	p := make([]byte, 2)
	for _, want := range []string{"ab", "c"} {
		if n, err := s.Read(p); string(p[:n]) != want || err != nil {
			t.Fatalf("%q, %v, want %q", p[:n], err, want)
		}
		if lent := s.lent.buffer != nil; lent != (want == "ab") {
			t.Errorf("after %q: lent %v", want, lent)
		}
	}
	if n, err := s.Read(p); n != 0 || err != io.ErrUnexpectedEOF || s.lent.buffer != nil {
		t.Errorf("at the end: %d, %v, lent %v", n, err, s.lent.buffer != nil)
	}
}

// Each pong would be a dozen in the library.
func TestPongsAllocateNothing(t *testing.T) {
	h := startLoopback(t, Options{}, echo)
	c, _ := h.connect()
	sent := []byte(strings.Repeat(string(masked(fin|opPong, "")), 10) + string(masked(fin|opText, "x")))
	answer := make([]byte, 3)
	alloctest.AtMost(t, 100, 2, func() { // those of the answer
		c.write(sent)
		if _, err := io.ReadFull(c.in, answer); err != nil {
			t.Fatal(err)
		}
	})
}
