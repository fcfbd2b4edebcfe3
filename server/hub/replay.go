package hub

import (
	"context"
	"errors"

	"asappchat/protocol"
	"asappchat/store"
)

const (
	// replayAhead bounds what a replay holds in memory of all conversations
	// that it merges, in bytes, other than one page.
	replayAhead = 256 << 10
	// replayPage and replayBytes bound what is read of one conversation at
	// once, in events and in bytes.
	replayPage  = 128
	replayBytes = 64 << 10
)

// startReplayLocked makes sure that the subscriber's replay runs. There is at
// most one for each, however often it subscribes.
func (s *Subscriber) startReplayLocked() {
	if !s.replaying {
		s.replaying = s.hub.running.start(s.replay)
	}
}

// replay reads events from the store to a subscription, at the pace of its
// outbox, until it has closed the gap. It is the goroutine of a connection
// that is catching up; it ends with the gap, or with the connection. When the
// subscription is replaced meanwhile it goes on with the new one.
func (s *Subscriber) replay() {
	for {
		w, more := s.nextWindow()
		if !more {
			return
		}
		if err := s.read(w); err != nil && !errors.Is(err, context.Canceled) {
			s.hub.logger.Error("catching up failed", "error", err)
			s.out.Close(protocol.CloseInternal, "catching up failed")
			s.end()
		}
	}
}

// window is what is to be read for a subscription.
type window struct {
	ctx         context.Context
	generation  int
	after, upto store.Place
}

// nextWindow returns what is to be read next. When there is nothing it ends the
// replay's hold, if the subscription still has it. It also does so when
// delivery is held for another reason too, whose release starts a replay
// again.
func (s *Subscriber) nextWindow() (w window, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.behind || s.releaseLocked() {
		s.behind, s.replaying = false, false
		return w, false
	}
	s.holds++
	w = window{generation: s.generation, after: s.place, upto: s.gap}
	if s.overtake != nil {
		s.overtake()
	}
	w.ctx, s.overtake = context.WithCancel(context.Background())
	return w, true
}

// read queues the events of a window, as long as the subscription lasts.
func (s *Subscriber) read(w window) error {
	past, err := s.past(w)
	if err != nil {
		return err
	}
	for {
		event, err := past.next(w.ctx)
		if err != nil {
			return err
		}
		if event == nil {
			s.arrive(w)
			return nil
		}
		if !s.offerRead(w, event.Place, s.hub.encode(event)) {
			return nil
		}
	}
}

// past finds the events of a window: all at once, if they are few, or along
// trails.
func (s *Subscriber) past(w window) (*merge, error) {
	log := s.hub.log
	events, few, err := log.Recent(w.ctx, s.username, w.after, w.upto, replayPage, replayBytes)
	if err != nil || few {
		return &merge{few: events}, err
	}
	trails, err := log.Trails(w.ctx, s.username, w.after, w.upto)
	return newMerge(log, s.username, trails, w.upto), err
}

// arrive notes that all events of a window have been queued.
func (s *Subscriber) arrive(w window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == w.generation {
		s.place = w.upto
	}
}

// offerRead queues an event of the past when there is room for it. It returns
// false when the subscription or the connection is over.
func (s *Subscriber) offerRead(w window, place store.Place, frame []byte) bool {
	for s.out.AwaitRoom() {
		s.mu.Lock()
		over := s.generation != w.generation
		queued := !over && s.out.Offer(frame)
		if queued {
			s.place = place
		}
		s.mu.Unlock()
		if over || queued {
			return queued
		}
	}
	s.end()
	return false
}
