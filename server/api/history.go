package api

import (
	"context"
	"math"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) history(ctx context.Context, s *Session, p protocol.HistoryParams) (protocol.HistoryResult, error) {
	switch {
	case p.Since != "":
		return a.historySince(ctx, s, p)
	case p.Around != nil:
		return a.historyAround(ctx, s, p)
	}
	page := store.Page{From: 1, To: math.MaxInt64, Limit: *p.Limit, Bytes: a.Limits.PageBytes, FromEnd: true}
	switch {
	case p.Before != nil:
		page.To = *p.Before - 1
	case p.After != nil:
		page.From, page.FromEnd = behind(*p.After), false
	}
	h, err := a.store.History(ctx, s.username, p.With, page)
	if err != nil {
		return protocol.HistoryResult{}, err
	}
	keep := fit(h.Messages, a.Limits.PageBytes, page.FromEnd)
	if page.FromEnd {
		h.Messages = h.Messages[len(h.Messages)-keep:]
	} else {
		h.Messages = h.Messages[:keep]
	}
	return historyResult(h, page.From, page.To), nil
}

// behind is the seq after another.
func behind(seq int64) int64 {
	if seq == math.MaxInt64 {
		return seq
	}
	return seq + 1
}

// historySince reads what was sent or changed after a cursor. Only that counts
// in has_more too, so a page in the middle takes a look at what is before it.
func (a *API) historySince(ctx context.Context, s *Session, p protocol.HistoryParams) (protocol.HistoryResult, error) {
	since, ok := a.hub.Place(p.Since)
	if !ok {
		return protocol.HistoryResult{}, protocol.InvalidParam("since", "param \"since\" cannot be continued from: read the pages anew")
	}
	page := store.Page{From: 1, To: math.MaxInt64, Limit: *p.Limit, Bytes: a.Limits.PageBytes, Since: since}
	var before bool
	if p.After != nil && *p.After > 0 {
		page.From = behind(*p.After)
		older, err := a.store.History(ctx, s.username, p.With, store.Page{From: 1, To: *p.After, Limit: 1, Bytes: 1, Since: since})
		if err != nil {
			return protocol.HistoryResult{}, err
		}
		before = len(older.Messages) > 0
	}
	h, err := a.store.History(ctx, s.username, p.With, page)
	if err != nil {
		return protocol.HistoryResult{}, err
	}
	keep := fit(h.Messages, a.Limits.PageBytes, false)
	more := h.More || keep < len(h.Messages)
	h.Messages = h.Messages[:keep]
	r := historyResult(h, 0, 0)
	r.HasMore = protocol.HasMore{Before: before, After: more}
	return r, nil
}

// historyAround reads from a seq outwards, half of the page to each side, and
// more to the one where the other runs short.
func (a *API) historyAround(ctx context.Context, s *Session, p protocol.HistoryParams) (protocol.HistoryResult, error) {
	older, err := a.store.History(ctx, s.username, p.With, store.Page{
		From: 1, To: *p.Around - 1, Limit: *p.Limit, Bytes: a.Limits.PageBytes, FromEnd: true})
	if err != nil {
		return protocol.HistoryResult{}, err
	}
	newer, err := a.store.History(ctx, s.username, p.With, store.Page{
		From: *p.Around, To: math.MaxInt64, Limit: *p.Limit, Bytes: a.Limits.PageBytes})
	if err != nil {
		return protocol.HistoryResult{}, err
	}
	h := newer
	h.Messages = aroundPage(older.Messages, newer.Messages, *p.Limit, a.Limits.PageBytes)
	return historyResult(h, *p.Around, *p.Around-1), nil
}

// aroundPage takes from both sides of a place in turn, the newer side first,
// until the page is full or both run out.
func aroundPage(older, newer []protocol.Message, limit, bytes int) []protocol.Message {
	left, right, size := len(older), 0, 0
	for limit > 0 {
		takeNewer := right < len(newer) && (right <= len(older)-left || left == 0)
		if !takeNewer && left == 0 {
			break
		}
		next := 0
		if takeNewer {
			next = encodedSize(&newer[right])
		} else {
			next = encodedSize(&older[left-1])
		}
		if size += next; size > bytes-pageFrame && right+len(older)-left > 0 {
			break
		}
		if takeNewer {
			right++
		} else {
			left--
		}
		limit--
	}
	return append(older[left:len(older):len(older)], newer[:right]...)
}

// historyResult says where a page stands. An empty one stands where it was
// looked for, from a seq to another.
func historyResult(h store.History, from, to int64) protocol.HistoryResult {
	if n := len(h.Messages); n > 0 {
		from, to = h.Messages[0].Seq, h.Messages[n-1].Seq
	} else {
		h.Messages = []protocol.Message{}
	}
	return protocol.HistoryResult{
		Conversation: h.Conversation,
		Messages:     h.Messages,
		HasMore: protocol.HasMore{
			Before: h.FirstSeq > 0 && h.FirstSeq < from,
			After:  h.LastSeq > to,
		},
		FirstSeq: h.FirstSeq,
		LastSeq:  h.LastSeq,
	}
}

const (
	// pageFrame is what a page takes beside its messages, in bytes.
	pageFrame = 512
	// escapeMax is how many bytes a byte of text may take in JSON (\u0000).
	escapeMax = 6
	// messageFrame is what a message takes at most beside body, data,
	// mentions, reactions and client id.
	messageFrame = 320
	// reactionFrame is what a reaction takes at most beside its users.
	reactionFrame = 64
)

// fit returns how many messages, from the start or from the end, fit a page
// of so many bytes. It is at least one when there is one.
func fit(messages []protocol.Message, bytes int, fromEnd bool) int {
	if upperBound(messages) <= bytes-pageFrame {
		return len(messages)
	}
	size := 0
	for i := range messages {
		m := &messages[i]
		if fromEnd {
			m = &messages[len(messages)-1-i]
		}
		if size += encodedSize(m); size > bytes-pageFrame && i > 0 {
			return i
		}
	}
	return len(messages)
}

// upperBound is a size that the messages do not pass, without encoding them.
func upperBound(messages []protocol.Message) int {
	size := 0
	for i := range messages {
		size += messageBound(&messages[i])
	}
	return size
}

// messageBound is a size that a message does not pass in JSON.
func messageBound(m *protocol.Message) int {
	size := escapeMax*(len(m.Body)+len(m.ClientID)) + len(m.Data) + messageFrame + namesSize(m.Mentions)
	for i := range m.Reactions {
		size += reactionFrame + escapeMax*len(m.Reactions[i].Emoji) + namesSize(m.Reactions[i].Users)
	}
	return size
}

// namesSize is the size of usernames in JSON, each with a comma.
func namesSize(names []string) int {
	size := 0
	for _, name := range names {
		size += len(name) + len(`"",`)
	}
	return size
}
