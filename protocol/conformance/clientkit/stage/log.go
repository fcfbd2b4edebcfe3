package stage

import "slices"

// entry is a place in the log.
type entry struct {
	event    string
	key      string // of two entries with the same one, only the last is replayed
	audience []string
	message  *message                // of message and message_updated
	params   func(cursor string) any // of the others, as it is now
}

// tell puts what has happened to a conversation into the log, after the answer
// to the request that did it.
func (s *Server) tell(c *conversation, entries ...entry) {
	s.after = func() {
		for _, e := range entries {
			s.append(e, c)
		}
	}
}

// append gives a place to what happened, and tells it to all who are concerned.
func (s *Server) append(e entry, c *conversation) {
	s.log = append(s.log, e)
	place := len(s.log)
	for _, member := range e.audience {
		c.changed[member] = place
	}
	for _, to := range slices.Clone(s.conns) {
		if to.subscribed && slices.Contains(e.audience, to.user) {
			to.event(e, place)
		}
	}
}

// place reads a cursor. It is not ok when it cannot be continued from.
func (s *Server) place(cursor string) (int, bool) {
	for i := range len(s.log) + 1 {
		if cursorOf(i) == cursor {
			return i, true
		}
	}
	return len(s.log), false
}

// replay tells a connection what it missed: the present state, each thing once.
func (s *Server) replay(to *Conn, after int) {
	for i, e := range s.log[after:] {
		place := after + i + 1
		again := e.event == "message_updated" && e.message.place > after
		later := slices.ContainsFunc(s.log[place:], func(l entry) bool { return l.key == e.key })
		if to.subscribed && slices.Contains(e.audience, to.user) && !again && (e.event == "message" || !later) {
			to.event(e, place)
		}
	}
}

func (to *Conn) event(e entry, place int) {
	to.last = place
	if e.message != nil {
		to.notify(e.event, map[string]any{"message": e.message, "cursor": cursorOf(place)})
		return
	}
	to.notify(e.event, e.params(cursorOf(place)))
}
