package api

import (
	"sync"

	"asappchat/protocol"
)

// inHand is what a connection has begun and not ended: the frame that is being
// served, and the commands that wait to be stored and announced. Its methods
// may be called from any goroutine, but those that wait only from the reading
// one.
type inHand struct {
	limit int // of commands in flight
	out   Outbox

	mu       sync.Mutex
	fewer    sync.Cond // inFlight has fallen
	inFlight int
	busy     bool // a frame is in hand
	draining bool // to be closed when nothing is in hand
}

func (h *inHand) init(limit int, out Outbox) {
	h.limit, h.out = limit, out
	h.fewer.L = &h.mu
}

// begin counts a command in, and waits for room.
func (h *inHand) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.inFlight >= h.limit {
		h.fewer.Wait()
	}
	h.inFlight++
}

// finish counts a command out.
func (h *inHand) finish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inFlight--
	h.fewer.Signal()
	h.closeDrainedLocked()
}

// settle waits until no command is in flight.
func (h *inHand) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.inFlight > 0 {
		h.fewer.Wait()
	}
}

func (h *inHand) setBusy(busy bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy = busy
	h.closeDrainedLocked()
}

// drain closes the connection as soon as nothing is in hand.
func (h *inHand) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
	h.closeDrainedLocked()
}

func (h *inHand) isDraining() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.draining
}

func (h *inHand) closeDrainedLocked() {
	if h.draining && !h.busy && h.inFlight == 0 {
		h.out.Close(protocol.CloseRestart, "restart")
	}
}
