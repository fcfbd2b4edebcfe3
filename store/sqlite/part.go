package sqlite

import (
	"container/heap"

	"asappchat/protocol"
	"asappchat/store"
)

// part is what a search has not looked at of a conversation: its messages at
// places before one. Once it has been opened, these are those from a seq to
// another.
type part struct {
	key       int64 // of the conversation
	before    store.Place
	v         *view // nil until it is opened
	low, high int64
	looked    bool // at one before, of the same conversation
}

// clockSlack is how far back the clock may have been set without a search by
// time missing what was sent around then, in milliseconds. Times of messages
// rise with their places but for that.
const clockSlack protocol.Time = 24 * 60 * 60 * 1000

// open finds out which messages are in a part.
func (s *search) open(p *part) error {
	v, err := s.chat.viewOf(s.viewer, viewByKey, p.key)
	if err != nil {
		return err
	}
	p.v = &v
	return s.start(p)
}

// start begins with the end of what is asked for of a conversation.
func (s *search) start(p *part) error {
	p.low, p.high = p.v.firstSeq, p.v.lastSeq
	if err := s.narrow(p); err != nil {
		return err
	}
	return s.push(p)
}

// push adds a part whose seqs are known, unless there are none.
func (s *search) push(p *part) error {
	if p.low > p.high {
		return nil
	}
	last, err := s.chat.placeOf(p.v.key, p.high)
	p.before = last + 1
	s.parts.push(p)
	return err
}

// narrow leaves out of a part what is not before the page, and other times.
func (s *search) narrow(p *part) error {
	key, q := p.v.key, &s.q
	if q.Before != never {
		seq, _, err := s.chat.firstBetween(key, p.low, p.high, q.Before)
		if err != nil {
			return err
		}
		p.high = seq - 1
	}
	if q.Until != 0 {
		seq, err := s.firstAt(key, p.low, p.high, q.Until+clockSlack)
		if err != nil {
			return err
		}
		p.high = seq - 1
	}
	if q.Since != 0 {
		seq, err := s.firstAt(key, p.low, p.high, q.Since-clockSlack)
		if err != nil {
			return err
		}
		p.low = seq
	}
	return nil
}

// firstAt returns the first seq that was sent at a time or after it.
func (s *search) firstAt(key, first, last int64, from protocol.Time) (int64, error) {
	return firstSeq(first, last, func(seq int64) (bool, error) {
		var at protocol.Time
		err := s.chat.one(scan{&at}, messageAt, key, seq)
		return at >= from, err
	})
}

// parts are what is left to look at, that with the newest messages first.
type parts []*part

// before is the place before which all is that is left.
func (p parts) before() store.Place { return p[0].before }

func (p *parts) push(one *part) { heap.Push((*heaped)(p), one) }

func (p *parts) pop() *part { return heap.Pop((*heaped)(p)).(*part) }

// heaped makes parts a heap.
type heaped parts

func (h heaped) Len() int           { return len(h) }
func (h heaped) Less(i, j int) bool { return h[i].before > h[j].before }
func (h heaped) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heaped) Push(one any)      { *h = append(*h, one.(*part)) }
func (h *heaped) Pop() any {
	last := len(*h) - 1
	one := (*h)[last]
	*h = (*h)[:last]
	return one
}
