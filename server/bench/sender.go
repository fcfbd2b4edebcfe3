package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// senders is a load of pairs of users.
type senders struct {
	*load
	senders []*sender
	on      atomic.Bool // answers are followed by new messages
}

// startSenders connects the users, of whom the first ones send. Nothing is
// sent before the first round.
func startSenders(server *child, n, window int) (*senders, error) {
	names := usernames("user", max(2, n))
	conns, err := connectAll(server.address, names)
	if err != nil {
		return nil, err
	}
	s := &senders{}
	clients := make([]*client, len(conns))
	for i, c := range conns {
		clients[i] = &client{conn: c, burst: func(int, int) error { return nil }}
		if i >= n {
			continue
		}
		template, err := newTemplate(names[i^1])
		if err != nil {
			closeAll(conns)
			return nil, err
		}
		one := &sender{client: clients[i], on: &s.on, template: template, begun: make([]time.Time, window), times: newTimes()}
		clients[i].burst = one.answered
		s.senders = append(s.senders, one)
	}
	s.load = startLoad(clients)
	return s, nil
}

// sent is a stretch, and how long the answers in it took, in microseconds.
type sent struct {
	stretch
	times *hdrhistogram.Histogram
}

// round measures a stretch. At its end nothing is in flight, and every message
// has been delivered to both users.
func (s *senders) round(l *lab, server *child) (got sent, err error) {
	s.on.Store(true)
	for _, one := range s.senders {
		if err := one.begin(); err != nil {
			return got, err
		}
	}
	got.stretch, err = s.measure(l, server, func() { s.takeTimes() })
	if err != nil {
		return got, err
	}
	got.times = s.takeTimes()
	s.on.Store(false)
	return got, s.settle(l, s.settled)
}

func (s *senders) settled() bool {
	answers, events := s.count()
	var sent int64
	for _, one := range s.senders {
		sent += one.sent()
	}
	return answers == sent && events == 2*sent
}

// takeTimes returns the times of the answers since the last call.
func (s *senders) takeTimes() *hdrhistogram.Histogram {
	all := newTimes()
	for _, one := range s.senders {
		one.mu.Lock()
		all.Merge(one.times)
		one.times.Reset()
		one.mu.Unlock()
	}
	return all
}

// sender keeps a window of messages in flight on its connection.
type sender struct {
	*client
	on *atomic.Bool

	mu       sync.Mutex
	template *template
	begun    []time.Time // when the messages of the window were sent, in a ring
	answers  int64
	times    *hdrhistogram.Histogram // of answers, in microseconds
	frames   []byte
}

// begin fills the window, when nothing is in flight.
func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sendLocked(len(s.begun), time.Now())
}

// answered takes answers, which come in the order of the messages, and sends
// as many new ones in one write.
func (s *sender) answered(answers, _ int) error {
	if answers == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for range answers {
		s.times.RecordValue(now.Sub(s.begun[s.answers%int64(len(s.begun))]).Microseconds())
		s.answers++
	}
	if !s.on.Load() {
		return nil
	}
	return s.sendLocked(answers, now)
}

func (s *sender) sendLocked(n int, now time.Time) error {
	s.frames = s.frames[:0]
	for range n {
		s.begun[s.template.n%int64(len(s.begun))] = now
		s.frames = append(s.frames, s.template.next()...)
	}
	return s.write(s.frames)
}

func (s *sender) sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.template.n
}
