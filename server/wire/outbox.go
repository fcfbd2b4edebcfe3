package wire

import (
	"net"
	"sync"
)

// outbox holds the frames that wait for one connection, in order, and counts
// their bytes against a bound. Putting a frame in never blocks and never
// writes: a goroutine that exists only while something waits does (flush.go).
// All methods may be called from any goroutine.
type outbox struct {
	socket net.Conn // written to by the flusher alone
	bound  int      // bytes that may wait

	mu       sync.Mutex
	changed  sync.Cond     // there is more room, nothing waits any more, or the end has come
	queue    *queue        // what waits; nil when nothing does
	control  []byte        // the ping or pong that goes out next, between two frames
	bytes    int           // waiting or being written; meaningless once cut
	flushing bool          // there is a flusher
	moved    bool          // something was written since the last call of progress
	last     []byte        // the close frame that waits for what is in hand
	ended    bool          // nothing is taken any more
	end      chan struct{} // closed when ended
}

func (o *outbox) init(bound int) {
	o.bound = bound
	o.changed.L = &o.mu
	o.end = make(chan struct{})
}

// offer queues frame if it stays within the bound.
func (o *outbox) offer(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || o.bytes+len(frame) > o.bound {
		return false
	}
	o.pushLocked(frame)
	return true
}

// offerSpare queues frame if no more than half of the bound waits then.
func (o *outbox) offerSpare(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || o.bytes+len(frame) > o.bound/2 {
		return false
	}
	o.pushLocked(frame)
	return true
}

// offerAll queues frames as long as they stay within the bound.
func (o *outbox) offerAll(frames [][]byte) (taken int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, frame := range frames {
		if o.ended || o.bytes+len(frame) > o.bound {
			return taken
		}
		o.pushLocked(frame)
		taken++
	}
	return taken
}

// push queues frame beyond the bound if need be.
func (o *outbox) push(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.pushLocked(frame)
	}
}

// put is push for a frame that may wait for the next one, or for flushWaiting.
func (o *outbox) put(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.putLocked(frame)
	}
}

// flushWaiting lets what was put go.
func (o *outbox) flushWaiting() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue != nil && !o.ended {
		o.flushLocked()
	}
}

// pushControl sends a ping or a pong ahead of what waits. It takes the place
// of one that has not left yet: RFC 6455, section 5.5.3, allows to answer the
// newest ping alone, and a pong that is due proves that the peer lives. So a
// peer that pings and does not read costs one frame.
func (o *outbox) pushControl(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.bytes += len(frame) - len(o.control)
		o.control = frame
		o.flushLocked()
	}
}

// close queues the last frame, or the one that was promised. With drop, what
// waits is forgotten, the promise too, except for the rest of a frame that was
// begun. Only the first call has an effect.
func (o *outbox) close(last []byte, drop bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	if drop && o.queue != nil {
		o.bytes -= o.queue.dropWhole()
	}
	if o.last != nil && !drop {
		last = o.last
	}
	o.pushLocked(last)
	o.endLocked()
}

// promise notes the last frame, which closeLast queues: what is still in hand
// goes before it. Only the first call has an effect.
func (o *outbox) promise(last []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last = last
	}
}

// closeLast is close with what was promised.
func (o *outbox) closeLast() { o.close(nil, false) }

// cut forgets what waits and closes the socket, which ends a write under way.
func (o *outbox) cut() {
	o.mu.Lock()
	o.control = nil
	if o.queue != nil {
		o.queue.clear()
	}
	o.endLocked()
	o.mu.Unlock()
	o.socket.Close()
}

func (o *outbox) endLocked() {
	if !o.ended {
		o.ended = true
		close(o.end)
	}
	o.changed.Broadcast()
}

func (o *outbox) pushLocked(frame []byte) {
	o.putLocked(frame)
	o.flushLocked()
}

func (o *outbox) putLocked(frame []byte) {
	if o.queue == nil {
		o.queue = queues.Get().(*queue)
	}
	o.queue.push(frame)
	o.bytes += len(frame)
}

// awaitBelow blocks until fewer than n bytes wait. It returns false, at once,
// when the outbox has ended.
func (o *outbox) awaitBelow(n int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.bytes >= n && !o.ended {
		o.changed.Wait()
	}
	return !o.ended
}

// awaitFlushed blocks until everything is written or lost.
func (o *outbox) awaitFlushed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.flushing {
		o.changed.Wait()
	}
}

// hasEnded tells whether the end has come.
func (o *outbox) hasEnded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
}

// progress tells whether something was written since the last call, whether
// something waits, whether the last frame is promised, and whether the end has
// come.
func (o *outbox) progress() (moved, waiting, promised, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	moved, o.moved = o.moved, false
	return moved, o.flushing, o.last != nil, o.ended
}
