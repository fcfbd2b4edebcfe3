package load

import (
	"sync"
	"time"
)

// sender makes the requests of a connection.
type sender struct {
	client *client
	drive  *Drive

	// writing takes one thing while frames are made and written: a lock, which
	// may be held for as long as the server does not read. Who reads takes it in
	// a closed loop only.
	writing chan struct{}
	source  Source
	frames  []byte

	mu       sync.Mutex
	flight   flight
	accepted int64 // answered with a result
	refusals []Refusal
}

// again sends n requests that are due now, while the closed loop is on.
func (s *sender) again(n int, now time.Duration) error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	if n == 0 || !s.drive.on.Load() {
		return nil
	}
	return s.sendWriting(n, now, 0)
}

// sendWriting sends n requests in one write, the first of which is due at a
// time and each of the others some time later.
func (s *sender) sendWriting(n int, due, every time.Duration) error {
	s.mu.Lock()
	number := s.flight.next
	for i := range n {
		if s.drive.shape.Blind {
			s.flight.next++
			continue
		}
		s.flight.add(due + time.Duration(i)*every)
	}
	s.mu.Unlock()
	s.frames = s.frames[:0]
	for i := range n {
		s.frames = append(s.frames, s.source.Frame(number+int64(i), due+time.Duration(i)*every)...)
	}
	return s.client.Write(s.frames)
}

// take takes answers. In a closed loop each is followed by another request: at
// once, when everybody has the message, or after a refusal when it is time.
func (s *sender) take(b *burst, now time.Duration) error {
	if len(b.answers)+len(b.refused) == 0 {
		return nil
	}
	done := s.note(b, now)
	s.drive.answered.record(s.client.number, b.took)
	for _, r := range b.refused {
		s.retry(r)
	}
	if s.drive.shape.Held > 0 || !s.drive.on.Load() {
		return nil
	}
	return s.again(done, now)
}

// note matches answers with requests, and returns how many were good.
func (s *sender) note(b *burst, now time.Duration) (done int) {
	b.took = b.took[:0]
	from := time.Duration(s.drive.from.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range b.answers {
		due, ok := s.flight.take(n)
		if !ok {
			s.drive.strange.Add(1)
			continue
		}
		done++
		if due >= from {
			b.took = append(b.took, now-due)
		}
	}
	s.accepted += int64(done)
	for _, r := range b.refused {
		if _, ok := s.flight.take(r.number); !ok {
			s.drive.strange.Add(1)
			continue
		}
		s.refusals = addRefusals(s.refusals, []Refusal{refusalOf(r.err)})
	}
	return done
}

// leastRetry is how long a closed loop waits after a refusal that does not say.
const leastRetry = 100 * time.Millisecond

// retry makes another request when a refusal says that it is time, in a closed
// loop. An open one does not care.
func (s *sender) retry(r refused) {
	d, wait := s.drive, r.err.RetryAfter
	if !d.on.Load() {
		return
	}
	if wait == 0 {
		wait = leastRetry
	}
	round := d.round.Load()
	time.AfterFunc(wait, func() { // once
		if d.round.Load() != round {
			return
		}
		if err := s.again(1, d.now()); err != nil {
			d.fail(err)
		}
	})
}

// state returns how many requests were made, wait, and were accepted.
func (s *sender) state() (sent, open, accepted int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flight.next, s.flight.open, s.accepted
}

func (s *sender) takeRefusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.refusals
	s.refusals = nil
	return all
}

func (s *sender) refused() (rateLimited, others int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return splitRefusals(s.refusals)
}
