package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// longest is the longest time that is told from longer ones.
const longest = time.Hour

// NewTimes makes a histogram of microseconds, to the thousandth.
func NewTimes() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), 3)
}

// times records durations. It is split, so that many connections neither wait
// for each other nor have a histogram each.
type times [8]struct {
	mu sync.Mutex
	h  *hdrhistogram.Histogram
}

func makeTimes() *times {
	t := new(times)
	for i := range t {
		t[i].h = NewTimes()
	}
	return t
}

// record adds durations from the connection with a number.
func (t *times) record(conn int, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	part := &t[conn%len(t)]
	part.mu.Lock()
	defer part.mu.Unlock()
	for _, d := range took {
		part.h.RecordValue(min(max(d, 0), longest).Microseconds())
	}
}

// sum returns all that was recorded since the last reset.
func (t *times) sum() *hdrhistogram.Histogram {
	all := NewTimes()
	for i := range t {
		t[i].mu.Lock()
		all.Merge(t[i].h)
		t[i].mu.Unlock()
	}
	return all
}

func (t *times) reset() {
	for i := range t {
		t[i].mu.Lock()
		t[i].h.Reset()
		t[i].mu.Unlock()
	}
}
