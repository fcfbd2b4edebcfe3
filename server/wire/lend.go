package wire

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// A buffer is lent to a connection while it has bytes to read or frames to
// join. So an idle one keeps none, which saves 1.1 of 12 KiB, and a busy one has
// a larger one than it could keep, which saves system calls: with 16 messages
// in flight a tenth of the time.
type buffer [16 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// lentReader reads from a network connection into a lent buffer.
type lentReader struct {
	await  func(attempt func(fd uintptr) bool) error // until that returns true, tried whenever there may be bytes
	try    func(fd uintptr) bool
	buffer *buffer
	unread []byte // in buffer
	err    error  // of the last attempt
}

// lend makes r read from conn. It returns false if conn cannot wait for bytes
// without a buffer to put them into.
func (r *lentReader) lend(conn net.Conn) bool {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	r.await, r.try = raw.Read, r.attempt
	return true
}

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
	return r.err
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
		r.buffer, r.unread, r.err = b, b[:n], nil
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
