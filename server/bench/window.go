package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// windows is a load of clients each of which keeps a window of requests in
// flight on its connection.
type windows struct {
	*load
	program *child
	copies  int64 // events that each request leads to
	all     []*window
	on      atomic.Bool // answers are followed by new requests
}

// newWindows runs a load on connections, the first of which have sources.
// Nothing is sent before the first round.
func newWindows(program *child, conns []*conn, sources []source, copies int64) *windows {
	w := &windows{program: program, copies: copies}
	clients := make([]*client, len(conns))
	for i, c := range conns {
		clients[i] = &client{conn: c, burst: func(int, int) error { return nil }}
		one := &window{client: clients[i], number: i, on: &w.on, answered: newTimes(), delivered: newTimes()}
		if copies > 0 {
			clients[i].event = one.deliver
		}
		if i < len(sources) {
			one.source = sources[i]
			clients[i].burst = one.answer
		}
		w.all = append(w.all, one)
	}
	w.load = startLoad(clients)
	return w
}

// burst is a stretch, and how long things in it took, in microseconds.
type burst struct {
	stretch
	answered  *hdrhistogram.Histogram // from a request to its answer
	delivered *hdrhistogram.Histogram // from a send to its event at the other user's end
}

// round measures a stretch in which the first clients each have a number of
// requests in flight. At its end nothing is, and everything has been delivered.
func (w *windows) round(l *lab, clients, inFlight int) (got burst, err error) {
	w.on.Store(true)
	for _, one := range w.all[:clients] {
		if err := one.begin(inFlight); err != nil {
			return got, err
		}
	}
	got.stretch, err = w.measure(l, w.program, func() { w.takeTimes() })
	if err != nil {
		return got, err
	}
	got.answered, got.delivered = w.takeTimes()
	w.on.Store(false)
	return got, w.settle(l, w.settled)
}

func (w *windows) settled() bool {
	answers, events := w.count()
	var sent int64
	for _, one := range w.all {
		one.mu.Lock()
		sent += one.sent
		one.mu.Unlock()
	}
	return answers == sent && events == w.copies*sent
}

// takeTimes returns the times since the last call.
func (w *windows) takeTimes() (answered, delivered *hdrhistogram.Histogram) {
	answered, delivered = newTimes(), newTimes()
	for _, one := range w.all {
		one.mu.Lock()
		answered.Merge(one.answered)
		delivered.Merge(one.delivered)
		one.answered.Reset()
		one.delivered.Reset()
		one.mu.Unlock()
	}
	return answered, delivered
}

// window keeps requests in flight on its connection.
type window struct {
	*client
	number int
	on     *atomic.Bool

	mu                  sync.Mutex
	source              source
	begun               []time.Time // when the requests of the window were sent, in a ring
	sent, taken         int64       // requests, and their answers
	answered, delivered *hdrhistogram.Histogram
	frames              []byte
}

// begin fills the window, when nothing is in flight.
func (w *window) begin(inFlight int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sent != w.taken {
		return fmt.Errorf("%d requests are unanswered", w.sent-w.taken)
	}
	w.begun = make([]time.Time, inFlight)
	return w.sendLocked(inFlight, time.Now())
}

// answer takes answers, which come in the order of the requests, and sends as
// many new ones in one write.
func (w *window) answer(answers, _ int) error {
	if answers == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for range answers {
		w.answered.RecordValue(now.Sub(w.begun[w.taken%int64(len(w.begun))]).Microseconds())
		w.taken++
	}
	if !w.on.Load() {
		return nil
	}
	return w.sendLocked(answers, now)
}

func (w *window) sendLocked(n int, now time.Time) error {
	w.frames = w.frames[:0]
	for range n {
		w.begun[w.sent%int64(len(w.begun))] = now
		w.frames = append(w.frames, w.source.next()...)
		w.sent++
	}
	return w.write(w.frames)
}

// deliver takes the event of a message, which is the end of its way when
// somebody else has sent it.
func (w *window) deliver(event []byte) error {
	at, sender, err := readStamp(event)
	if err != nil || sender == w.number {
		return err
	}
	took := time.Since(started) - at
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.delivered.RecordValue(took.Microseconds())
}
