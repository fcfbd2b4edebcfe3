package hub

import "asappchat/store"

// LatestBytes is the bound of what is kept of the latest events.
const LatestBytes = latestBytes

// Latest returns how many bytes the latest events count as, and how many their
// messages and frames have.
func (h *Hub) Latest() (counted, are int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, g := range h.latest.segments {
		for i := range g.events {
			are += listed + len(g.frames[i])
			if m := g.events[i].Message; m != nil {
				are += store.Size(m)
			}
		}
	}
	return h.latest.bytes, are
}
