package model

import (
	"cmp"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// Search is all that the store's method of this name finds, on however many
// pages.
func (m *Model) Search(viewer string, q store.Query) (hits []store.Hit, err error) {
	rooms := m.rooms
	if q.With != "" {
		r, _ := m.enter(viewer, q.With)
		if r == nil {
			return nil, store.ErrNotFound
		}
		rooms = []*room{r}
	}
	for _, r := range rooms {
		if me := r.members[viewer]; me != nil {
			hits = append(hits, r.search(me, q)...)
		}
	}
	slices.SortFunc(hits, func(a, b store.Hit) int { return cmp.Compare(b.Place, a.Place) })
	return hits, nil
}

func (r *room) search(me *member, q store.Query) (hits []store.Hit) {
	for _, msg := range r.messages {
		start, end, found := q.Words.Match(msg.Body)
		if found && msg.Seq >= me.first && asked(&msg.Message, q) {
			hits = append(hits, store.Hit{Place: msg.place, Message: msg.now(), Start: start, End: end})
		}
	}
	return hits
}

// asked says whether a message is asked for, its words left aside.
func asked(m *protocol.Message, q store.Query) bool {
	switch {
	case m.Deleted,
		q.Sender != "" && m.Sender != q.Sender,
		q.Mentions != "" && !slices.Contains(m.Mentions, q.Mentions),
		m.At < q.Since,
		q.Until != 0 && m.At >= q.Until:
		return false
	}
	return true
}
