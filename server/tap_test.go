package server_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// A tap stands between clients and a server, passes every byte on, and keeps
// what was said.
type tap struct {
	// URL is where clients connect.
	URL string

	address  string
	listener net.Listener
	mu       sync.Mutex
	talks    []*talk
	running  sync.WaitGroup
}

// A talk is what was said on one connection, both ways.
type talk struct{ client, server bytes.Buffer }

// newTap listens until it is asked what it heard.
func newTap(t testing.TB, url string) *tap {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &tap{URL: "ws://" + listener.Addr().String(), address: strings.TrimPrefix(url, "ws://"), listener: listener}
	a.running.Go(func() { // until the listener closes
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			a.running.Go(func() { a.pass(client) }) // until the connection ends
		}
	})
	return a
}

// pass connects a client to the server until one of the two hangs up.
func (a *tap) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", a.address)
	if err != nil {
		return
	}
	defer server.Close()
	small(client)
	small(server)
	k := new(talk)
	a.mu.Lock()
	a.talks = append(a.talks, k)
	a.mu.Unlock()
	var answers sync.WaitGroup
	answers.Go(func() { // until one of the two hangs up
		io.Copy(client, io.TeeReader(server, &k.server))
		client.Close()
	})
	io.Copy(server, io.TeeReader(client, &k.client))
	server.Close()
	answers.Wait()
}

// small keeps little in the tap, so that a slow reader stays one to the server.
func small(conn net.Conn) {
	tcp := conn.(*net.TCPConn)
	tcp.SetReadBuffer(16 << 10)
	tcp.SetWriteBuffer(16 << 10)
}

// heard ends the tap, and returns what was said, connection by connection, once
// all of them have ended.
func (a *tap) heard() []*talk {
	a.listener.Close()
	a.running.Wait()
	return a.talks
}

// messages takes the text messages out of one direction of a connection: what
// follows the header of HTTP, in frames of RFC 6455, up to the first that is
// none.
func messages(stream []byte) (all [][]byte) {
	_, stream, _ = bytes.Cut(stream, []byte("\r\n\r\n"))
	var message []byte
	text := false
	for {
		f, rest, ok := nextFrame(stream)
		if !ok {
			return all
		}
		stream = rest
		switch {
		case f.opcode >= 8: // a control frame, between two others
			continue
		case f.opcode != 0:
			message, text = nil, f.opcode == 1
		}
		message = append(message, f.payload...)
		if f.final && text {
			all = append(all, message)
		}
	}
}

type wsFrame struct {
	final   bool
	opcode  byte
	payload []byte
}

// nextFrame reads a frame (RFC 6455, section 5.2), if all of it is there.
func nextFrame(b []byte) (f wsFrame, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x70 != 0 {
		return f, nil, false
	}
	f.final, f.opcode = b[0]&0x80 != 0, b[0]&0x0f
	masked, length := b[1]&0x80 != 0, uint64(b[1]&0x7f)
	b = b[2:]
	switch {
	case length == 126 && len(b) >= 2:
		length, b = uint64(binary.BigEndian.Uint16(b)), b[2:]
	case length == 127 && len(b) >= 8:
		length, b = binary.BigEndian.Uint64(b), b[8:]
	case length >= 126:
		return f, nil, false
	}
	var key [4]byte
	if masked {
		if len(b) < 4 {
			return f, nil, false
		}
		copy(key[:], b)
		b = b[4:]
	}
	if uint64(len(b)) < length {
		return f, nil, false
	}
	f.payload = bytes.Clone(b[:length])
	for i := range f.payload {
		f.payload[i] ^= key[i%4]
	}
	return f, b[length:], true
}
