package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"asappchat/protocol"
)

// socket is the network connection as the websocket library sees it. The
// library reads from it in the reading goroutine; what it writes, which is
// control frames alone, goes to the outbox; and closing it is not up to it.
type socket struct {
	net.Conn
	outbox *outbox
	lent   lentReader
	reader io.Reader     // of Conn: lent, where it can be
	ahead  *bufio.Reader // of the library, over all of this
	early  []byte        // read by net/http with the request
	heard  atomic.Bool   // something was read since the last sweep
	limit  atomic.Int64  // of a message
	lost   bool          // reading failed; for the reading goroutine alone
}

// use makes s read from and write to conn, from which early was read before, and
// returns the library's buffers.
func (s *socket) use(conn net.Conn, early []byte) *bufio.ReadWriter {
	s.Conn, s.early = conn, bytes.Clone(early)
	if s.lent.lend(conn) {
		s.lookAhead(&s.lent, leastBuffer)
	} else {
		s.lookAhead(conn, readBuffer)
	}
	return bufio.NewReadWriter(s.ahead, bufio.NewWriterSize(s, writeBuffer))
}

func (s *socket) lookAhead(reader io.Reader, size int) {
	s.reader, s.ahead = reader, bufio.NewReaderSize(s, size)
}

// barePong is how a pong without a payload begins, which is what answers our
// ping; the key of its mask follows.
var barePong = []byte{framePong, 0x80}

const barePongSize = 6

// skipPongs waits for something to read that is not the answer to a ping. For
// that the library makes a timer and two contexts, which is 0.7 KiB for the
// collector, and with the collecting nearly half of the CPU of an idle
// connection. It is called between two messages, where a frame begins. A pong
// that comes in pieces goes to the library, and so do those that follow it
// before the next message.
func (s *socket) skipPongs() {
	if s.reader != &s.lent || len(s.early) > 0 || s.ahead.Buffered() > 0 {
		return
	}
	for s.lent.wait() == nil && len(s.lent.unread) >= barePongSize && bytes.HasPrefix(s.lent.unread, barePong) {
		s.lent.drop(barePongSize)
		s.heard.Store(true)
	}
}

// Read returns what came with the request first. The library takes io.EOF
// within a message for the end of the message, so it never sees one.
func (s *socket) Read(p []byte) (n int, err error) {
	if len(s.early) > 0 {
		n = copy(p, s.early)
		s.early = s.early[n:]
		return n, nil
	}
	n, err = s.reader.Read(p)
	if n > 0 {
		s.heard.Store(true)
		return n, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	s.lost = s.lost || err != nil
	return n, err
}

// Write queues p, one whole control frame: the library's write buffer holds
// the largest, and no data frame is written through the library. A close frame
// is the library's last word; it leaves behind what is in hand (Conn.part).
func (s *socket) Write(p []byte) (int, error) {
	if p[0] == frameClose {
		s.outbox.promise(s.checkedClose(p))
	} else {
		s.outbox.pushControl(bytes.Clone(p))
	}
	return len(p), nil
}

// Close is called when the library is done with the connection, also from a
// goroutine of its own when a control frame stays incomplete for 5 s. It ends
// the reading; the reading goroutine does the rest.
func (s *socket) Close() error {
	return s.SetReadDeadline(time.Unix(1, 0))
}

// checkedClose returns the library's close frame as it should leave: the
// library repeats a peer's reason without looking whether it is UTF-8, and
// reports a limit that is one byte too high.
func (s *socket) checkedClose(frame []byte) []byte {
	if len(frame) < 4 {
		return bytes.Clone(frame)
	}
	switch {
	case !utf8.Valid(frame[4:]):
		return closeFrame(protocol.CloseInvalidData, "the reason is not UTF-8")
	case binary.BigEndian.Uint16(frame[2:]) == uint16(protocol.CloseTooLarge):
		return closeFrame(protocol.CloseTooLarge, fmt.Sprintf("the message has more than %d bytes", s.limit.Load()))
	}
	return bytes.Clone(frame)
}
