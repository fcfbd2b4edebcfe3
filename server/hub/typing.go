package hub

import (
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
)

// typingEvery is how often it is told that a user types in a conversation, at
// most.
const typingEvery = 2 * time.Second

const typingExpires = protocol.TypingExpires * time.Millisecond

// typists remembers who has typed where lately, for as long as it matters: at
// least typingExpires, at most twice as long and until the next one types.
type typists struct {
	mu            sync.Mutex
	recent, older map[typist]typingTold
	since         time.Time // when recent was begun
}

type typist struct{ username, conversation string }

// typingTold is what was told of a typist last, and when it was told that they
// type.
type typingTold struct {
	on bool
	at time.Time
}

// pass says whether something is news: that somebody types, every now and then;
// that they have stopped, once.
func (t *typists) pass(who typist, on bool, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.since) >= typingExpires {
		t.recent, t.older, t.since = make(map[typist]typingTold), t.recent, now
	}
	told, known := t.recent[who]
	if !known {
		told = t.older[who]
	}
	since := now.Sub(told.at)
	switch {
	case on && since < typingEvery, !on && (!told.on || since >= typingExpires):
		return false
	case on:
		told.at = now
	}
	told.on = on
	t.recent[who] = told
	return true
}

// Type tells those of hearers who are subscribed that somebody is typing or has
// stopped, if that is news. Connections that do not read quickly are passed
// over. It never blocks, and may be called from any goroutine.
func (h *Hub) Type(event protocol.TypingEvent, hearers []string) {
	if !h.typists.pass(typist{event.Username, event.Conversation}, event.On, time.Now()) {
		return
	}
	frame := h.frame(jsonrpc.AppendNotification(nil, protocol.OnTyping, &event))
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, username := range hearers {
		for _, s := range h.users[username] {
			s.offerSpare(frame)
		}
	}
}
