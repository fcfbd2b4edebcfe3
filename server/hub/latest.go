package hub

import (
	"slices"

	"asappchat/store"
)

// latest is the events that were announced last, with their frames. Who comes
// back after a short absence is told from here what was missed, as if delivery
// had only been held. That takes a few microseconds, in which the store would take
// a hundred, and all who come back share the frames: of what a server does for
// one of ten thousand who come back at once, it saves a third. It is guarded by the
// hub's lock.
//
// It takes latestBytes, and what the last run of events is larger (16 messages, of
// some 20 KiB at most). A frame that is made later, for one who comes back, may
// take six times its message, whose every character may have to be escaped: that
// counts from then on, and the next events make room for it. The audiences and the
// index of a segment take up to some 100 bytes for each of segmentTold names, and
// of those in one run: 16 times the members that a group may have. An audience is
// shared with the store as long as that remembers the conversation.
type latest struct {
	floor    store.Place // all events after it that were announced are here
	segments []*segment  // the oldest first
	bytes    int         // of all segments
	spare    *segment    // used again
}

// A segment is a run of events. When it passes one of these bounds the next one
// begins.
const (
	segmentEvents = 1024
	segmentBytes  = latestBytes / segmentsMax
	segmentTold   = 16 << 10 // the sizes of the audiences, as the index is as large
	segmentsMax   = 16
)

// latestBytes is how much all events take, with their frames, when the oldest of
// them are forgotten.
const latestBytes = 8 << 20

// latestMax is how many events somebody is told from here at once, with the
// hub's lock held. Who missed more is told from the store, at their own pace.
const latestMax = 128

// indexMax is after how many mentions that are new to the index no more of it is
// made for one who asks, some milliseconds of work: the store tells that one, and
// the next who asks finds what was made.
const indexMax = 16 << 10

type segment struct {
	run
	events []store.Event // without what has been encoded
	bytes  int           // of the events, as kept counts them, and of the frames
	told   int

	// The index is made when it is asked for, up to the end of what is there then.
	indexed  int
	newest   map[string]int32 // of each user the last of the mentions
	mentions []mention
}

// mention says that a user is in the audience of an event, and where the mention
// before is, of the same user; there is none at -1.
type mention struct{ event, before int32 }

// last is the place of the last event of a segment, which is not empty.
func (g *segment) last() store.Place { return g.places[len(g.places)-1] }

// add keeps a few events, and returns where they are.
func (l *latest) add(events []store.Event) (g *segment, first int) {
	g = l.open()
	first = len(g.events)
	for _, e := range events {
		g.places = append(g.places, e.Place)
		g.frames = append(g.frames, nil)
		g.events = append(g.events, e)
		g.told += len(e.Audience)
		l.grow(g, kept(&e))
	}
	return g, first
}

// setFrame gives an event its frame, which takes the place of its message.
func (l *latest) setFrame(g *segment, i int, frame []byte) {
	e := &g.events[i]
	before := kept(e)
	e.Message = nil
	g.frames[i] = frame
	l.grow(g, kept(e)-before+len(frame))
}

func (l *latest) grow(g *segment, bytes int) {
	g.bytes += bytes
	l.bytes += bytes
}

// What an event takes: in a segment's lists; and what a message is, or something
// else, beside the texts that may be long, with its ids.
const (
	listed      = 96
	messageSize = 320
	otherSize   = 640
)

// kept returns about how many bytes an event takes, its frame and audience aside.
func kept(e *store.Event) int {
	switch {
	case e.Message != nil:
		return listed + messageSize + store.Size(e.Message)
	case e.Read != nil || e.Conversation != nil:
		return listed + otherSize
	}
	return listed
}

// open returns the segment that takes the next events.
func (l *latest) open() *segment {
	for l.bytes > latestBytes && len(l.segments) > 1 {
		l.forget()
	}
	if n := len(l.segments); n > 0 {
		g := l.segments[n-1]
		if len(g.events) < segmentEvents && g.bytes < segmentBytes && g.told < segmentTold {
			return g
		}
	}
	if len(l.segments) == segmentsMax {
		l.forget()
	}
	g := l.spare
	if l.spare = nil; g == nil {
		g = new(segment)
	}
	l.segments = append(l.segments, g)
	return g
}

// forget forgets the oldest segment.
func (l *latest) forget() {
	g := l.segments[0]
	l.bytes -= g.bytes
	l.floor = g.last()
	l.spare = g.clear()
	l.segments = slices.Delete(l.segments, 0, 1)
}

// clear makes a segment one that can be used again.
func (g *segment) clear() *segment {
	clear(g.frames)
	clear(g.events)
	clear(g.newest)
	*g = segment{run: run{g.places[:0], g.frames[:0]}, events: g.events[:0], newest: g.newest, mentions: g.mentions[:0]}
	return g
}

// since returns where the events after a place are that a user was told of, or
// would have been, in their order. It returns false when not all of them are
// here, they are many, or one is anything but a new message: what changed, and who left, is
// told as it is now, which the store knows.
func (l *latest) since(username string, after store.Place) (found []spot, ok bool) {
	if after < l.floor {
		return nil, false
	}
	indexed := 0
	for _, g := range slices.Backward(l.segments) {
		if g.last() <= after {
			break
		}
		if indexed > indexMax {
			return nil, false
		}
		indexed += g.index()
		at, told := g.newest[username]
		for ; told && at >= 0; at = g.mentions[at].before {
			i := int(g.mentions[at].event)
			if g.places[i] <= after {
				break
			}
			if !g.sent(i) || len(found) == latestMax {
				return nil, false
			}
			found = append(found, spot{g, i})
		}
	}
	slices.Reverse(found)
	return found, true
}

// spot is where an event is.
type spot struct {
	segment *segment
	i       int
}

// sent says whether an event is a new message.
func (g *segment) sent(i int) bool {
	e := &g.events[i]
	return !e.Updated && e.Read == nil && e.Conversation == nil
}

// index notes whom the events concern that have come since it was called, and
// returns how many that were.
func (g *segment) index() int {
	before := len(g.mentions)
	if g.newest == nil {
		g.newest = make(map[string]int32)
	}
	for ; g.indexed < len(g.events); g.indexed++ {
		for _, username := range g.events[g.indexed].Audience {
			last, told := g.newest[username]
			if !told {
				last = -1
			}
			g.newest[username] = int32(len(g.mentions))
			g.mentions = append(g.mentions, mention{int32(g.indexed), last})
		}
	}
	return len(g.mentions) - before
}
