package wire

import "sync"

// queue is a first-in, first-out list of frames. The frames are shared with
// other connections and never changed. An empty queue that is not in use goes
// back to queues, so that an idle connection keeps none.
type queue struct {
	frames [][]byte // from head on
	head   int
	begun  int // bytes of the first frame that were taken
}

var queues = sync.Pool{New: func() any { return new(queue) }}

// keepFrames is the capacity beyond which a queue is left to the collector.
const keepFrames = 256

func (q *queue) release() {
	q.clear()
	if cap(q.frames) <= keepFrames {
		queues.Put(q)
	}
}

func (q *queue) clear() {
	clear(q.frames)
	q.frames, q.head, q.begun = q.frames[:0], 0, 0
}

func (q *queue) push(frame []byte) {
	if q.head > 0 && len(q.frames) == cap(q.frames) {
		q.compact()
	}
	q.frames = append(q.frames, frame)
}

// compact makes room at the end by using the one at the front, if that is at
// least half of the whole: each frame is then moved once at most on average.
func (q *queue) compact() {
	if q.head < len(q.frames)/2 {
		return
	}
	n := copy(q.frames, q.frames[q.head:])
	clear(q.frames[n:])
	q.frames, q.head = q.frames[:n], 0
}

// take returns the next bytes to be written, nil when there are none: as many
// whole frames as fit into join, copied there, or up to maxWrite bytes of one
// that is alone or does not fit.
func (q *queue) take(join []byte) []byte {
	if q.head == len(q.frames) {
		return nil
	}
	if q.head+1 == len(q.frames) || q.begun > 0 || len(q.frames[q.head]) > cap(join) {
		return q.takeLong()
	}
	for q.head < len(q.frames) && len(join)+len(q.frames[q.head]) <= cap(join) {
		join = append(join, q.frames[q.head]...)
		q.pop()
	}
	return join
}

func (q *queue) takeLong() []byte {
	piece := q.frames[q.head][q.begun:]
	if len(piece) > maxWrite {
		q.begun += maxWrite
		return piece[:maxWrite]
	}
	q.pop()
	return piece
}

func (q *queue) pop() {
	q.frames[q.head] = nil
	q.head++
	q.begun = 0
	if q.head == len(q.frames) {
		q.frames, q.head = q.frames[:0], 0
	}
}

// dropWhole forgets all frames but one that was begun, and returns how many
// bytes it forgot.
func (q *queue) dropWhole() (bytes int) {
	first := q.head
	if q.begun > 0 {
		first++
	}
	for _, frame := range q.frames[first:] {
		bytes += len(frame)
	}
	clear(q.frames[first:])
	q.frames = q.frames[:first]
	return bytes
}
