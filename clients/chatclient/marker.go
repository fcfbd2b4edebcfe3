package chatclient

import (
	"context"
	"maps"

	"asappchat/protocol"
)

// markers are how far the members of a conversation have read, where that may be
// seen. A nil one takes nothing.
type markers map[string]int64

// Markers returns how far each member of a conversation of the mirror's has read,
// the user included, where the server lets that be seen: it does in direct
// conversations and small groups, of those who allow it. Who sends has read what
// was there. The first call asks the server, and so does one after somebody came
// or left; otherwise the mirror has them.
func (m *Mirror) Markers(ctx context.Context, with string) (map[string]int64, error) {
	e, err := m.hold(ctx, with)
	if err != nil {
		return nil, err
	}
	defer m.end()
	read := e.markers
	if read == nil {
		// Where markers are to be seen, all members are on one page.
		page, err := ask(ctx, m.client, protocol.Members, protocol.MembersParams{With: e.ID})
		if err != nil {
			return nil, err
		}
		read = markers{}
		for i := range page.Members {
			read.move(page.Members[i].Username, page.Members[i].ReadSeq)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e.markers = read
	return maps.Clone(read), nil
}

// move moves a marker forward.
func (m markers) move(username string, seq int64) {
	if m != nil && seq > m[username] {
		m[username] = seq
	}
}
