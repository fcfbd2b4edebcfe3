package wire

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// A buffer is lent to a connection while there are bytes that it has not read or
// frames to join. An idle one keeps none, which saves 1.1 KiB, as much as a
// buffer of its own would be. A busy one has a larger one than that, which saves
// system calls, and with 16 messages in flight a tenth of the time. One that is
// not read on, since its outbox is full or its Handler takes long, holds what it
// has been lent meanwhile: 16 KiB, where the outbox may hold far more.
type buffer [16 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// lentReader reads from a network connection of a Unix system into a lent
// buffer. It is for one goroutine at a time.
type lentReader struct {
	await  func(attempt func(fd uintptr) bool) error // until that returns true, tried whenever there may be bytes
	try    func(fd uintptr) bool
	buffer *buffer
	unread []byte // in buffer
	err    error  // why there is no buffer after an attempt that has ended
}

// lend makes r read from conn. It returns false if conn is more than a socket:
// what is read of it may then not be what the socket has.
func (r *lentReader) lend(conn net.Conn) bool {
	var raw syscall.RawConn
	var err error
	switch conn := conn.(type) {
	case *net.TCPConn:
		raw, err = conn.SyscallConn()
	case *net.UnixConn:
		raw, err = conn.SyscallConn()
	}
	if raw == nil || err != nil {
		return false
	}
	r.from(raw)
	return true
}

func (r *lentReader) from(raw syscall.RawConn) { r.await, r.try = raw.Read, r.attempt }

func (r *lentReader) Read(p []byte) (int, error) {
	if err := r.wait(); err != nil {
		return 0, err
	}
	n := copy(p, r.unread)
	r.drop(n)
	return n, nil
}

// wait blocks until something is unread.
func (r *lentReader) wait() error {
	if r.buffer != nil {
		return nil
	}
	if err := r.await(r.try); err != nil {
		return err
	}
	if r.buffer == nil {
		return r.err
	}
	return nil
}

// drop counts n bytes as read.
func (r *lentReader) drop(n int) {
	if r.unread = r.unread[n:]; len(r.unread) == 0 {
		buffers.Put(r.buffer)
		r.buffer, r.unread = nil, nil
	}
}

// attempt reads what there is, and returns false if that is nothing yet.
func (r *lentReader) attempt(fd uintptr) bool {
	b := buffers.Get().(*buffer)
	n, err := syscall.Read(int(fd), b[:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), b[:])
	}
	if n > 0 {
		r.buffer, r.unread = b, b[:n]
		return true
	}
	buffers.Put(b)
	if err == syscall.EAGAIN {
		return false
	}
	if err == nil {
		err = io.EOF
	}
	r.err = err
	return true
}
