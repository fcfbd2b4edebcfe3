package wire

import "net"

// joinSize is how much is joined into one write, and maxWrite how much of one
// long frame is written at once. Both bound what must get through within
// Options.Stall to count as progress.
const (
	joinSize = len(buffer{})
	maxWrite = 64 << 10
)

func (o *outbox) flushLocked() {
	if !o.flushing {
		o.flushing = true
		go o.flush() // until nothing waits or the socket is closed
	}
}

// flush writes what waits until nothing does. It is started when something is
// queued, instead of writing there and then, because what is queued meanwhile
// leaves in the same write.
func (o *outbox) flush() {
	join := buffers.Get().(*buffer)
	defer buffers.Put(join)
	for {
		piece, ended := o.next(join[:0])
		if piece == nil {
			if ended {
				closeWrite(o.socket)
				o.rest()
			}
			return
		}
		_, err := o.socket.Write(piece)
		o.wrote(len(piece), err)
	}
}

// next returns what is to be written next, and whether nothing will be queued
// any more. When it returns nil and false the flusher counts as gone.
func (o *outbox) next(join []byte) (piece []byte, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if piece = o.nextLocked(join); piece == nil && !o.ended {
		o.restLocked()
	}
	return piece, o.ended
}

func (o *outbox) nextLocked(join []byte) []byte {
	if o.control != nil && (o.queue == nil || o.queue.begun == 0) {
		frame := o.control
		o.control = nil
		return frame
	}
	if o.queue == nil {
		return nil
	}
	return o.queue.take(join)
}

// wrote counts n bytes as gone. After an error the peer cannot make sense of
// anything that would follow.
func (o *outbox) wrote(n int, err error) {
	if err != nil {
		o.cut()
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= n
	o.moved = true
	o.changed.Broadcast()
}

func (o *outbox) rest() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.restLocked()
}

func (o *outbox) restLocked() {
	if o.queue != nil {
		o.queue.release()
		o.queue = nil
	}
	o.flushing = false
	o.changed.Broadcast()
}

// closeWrite tells the peer that nothing follows the close frame, where the
// transport can. A peer that waits for the server to close the connection
// (RFC 6455, section 7.1.1) need not wait for us to see its answer.
func closeWrite(socket net.Conn) {
	if half, ok := socket.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}
