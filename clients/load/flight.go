package load

import "time"

// flight is the requests of one sender that wait for their answers: numbered
// from 0 up, each with the time at which it was due.
type flight struct {
	slots     []slot // a ring, whose size is a power of two
	low, next int64  // all below low are answered; next is to be sent
	open      int64  // how many wait
}

type slot struct {
	due  time.Duration
	open bool
}

// add notes a request and returns its number.
func (f *flight) add(due time.Duration) int64 {
	if f.next-f.low == int64(len(f.slots)) {
		f.grow()
	}
	n := f.next
	f.slots[f.place(n)] = slot{due, true}
	f.next++
	f.open++
	return n
}

// take notes an answer and returns when its request was due, false when no
// such request waits.
func (f *flight) take(n int64) (due time.Duration, ok bool) {
	if n < f.low || n >= f.next || !f.slots[f.place(n)].open {
		return 0, false
	}
	one := &f.slots[f.place(n)]
	one.open = false
	f.open--
	for f.low < f.next && !f.slots[f.place(f.low)].open {
		f.low++
	}
	return one.due, true
}

func (f *flight) place(n int64) int64 { return n & int64(len(f.slots)-1) }

func (f *flight) grow() {
	old := *f
	f.slots = make([]slot, max(16, 2*len(old.slots)))
	for n := f.low; n < f.next; n++ {
		f.slots[f.place(n)] = old.slots[old.place(n)]
	}
}
