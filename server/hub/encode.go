package hub

import (
	"sync"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/store"
)

// scratch is where an event is encoded before it is copied into its frame, and
// used again: it spares half of what an announcement allocates. Those that a
// long message has grown beyond keepScratch are left to the collector.
type scratch struct {
	message []byte
	event   protocol.MessageEvent
}

const keepScratch = 64 << 10

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// encode makes the frame of an event, the same for everybody.
func (h *Hub) encode(e *store.Event) []byte {
	s := scratches.Get().(*scratch)
	s.append(e, h.cursors.Cursor(e.Place))
	frame := h.frame(s.message)
	s.event = protocol.MessageEvent{}
	if cap(s.message) <= keepScratch {
		scratches.Put(s)
	}
	return frame
}

func (s *scratch) append(e *store.Event, cursor string) {
	b := s.message[:0]
	switch {
	case e.Message != nil:
		on := protocol.OnMessage
		if e.Updated {
			on = protocol.OnMessageUpdated
		}
		s.event = protocol.MessageEvent{Message: *e.Message, Cursor: cursor}
		s.message = jsonrpc.AppendNotification(b, on, &s.event)
	case e.Read != nil:
		params := *e.Read
		params.Cursor = cursor
		s.message = jsonrpc.AppendNotification(b, protocol.OnRead, &params)
	default:
		params := *e.Conversation
		params.Cursor = cursor
		s.message = jsonrpc.AppendNotification(b, protocol.OnConversation, &params)
	}
}
