package api

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/store"
)

func (a *API) homeMethods() []row {
	return []row{
		query(protocol.Conversations, a.conversations),
		query(protocol.ConversationOf, a.conversationOf),
		change(protocol.Read, markRead, markedRead),
		change(protocol.SetPreferences, setPreferences, conversation),
	}
}

func (a *API) conversationOf(ctx context.Context, s *Session, p protocol.WithParams) (protocol.ConversationResult, error) {
	c, err := a.store.Conversation(ctx, s.username, p.With)
	return protocol.ConversationResult{Conversation: c}, err
}

func markRead(s *Session, p protocol.ReadParams) store.Mutation {
	return &store.MarkRead{Username: s.username, With: p.With, Seq: p.Seq}
}

func markedRead(_ *Session, o store.Outcome) protocol.ReadResult {
	return o.Value.(protocol.ReadResult)
}

func setPreferences(s *Session, p protocol.SetPreferencesParams) store.Mutation {
	return &store.SetPreferences{Username: s.username, With: p.With, Muted: p.Muted, Pinned: p.Pinned}
}

// conversations answers a page of the caller's list. A conversation that
// becomes active between two pages moves to the front, where no later page
// finds it, though it may not have been on an earlier one. So a list of more
// than one page ends with a round of what has changed since it began, which is
// over as soon as one read finds all of it.
func (a *API) conversations(ctx context.Context, s *Session, p protocol.ConversationsParams) (protocol.ConversationsResult, error) {
	w, err := a.homeWalk(p)
	if err != nil {
		return protocol.ConversationsResult{}, err
	}
	page := homePage{limit: *p.Limit, bytes: a.Limits.PageBytes - pageFrame, result: protocol.ConversationsResult{
		Conversations: []protocol.Conversation{}, Left: []string{}, Cursor: a.hub.Cursors().Cursor(w.cursor), Reset: w.reset}}
	for {
		begins := w.before == 0
		home, err := a.store.Home(ctx, s.username, store.HomePage{
			Changed: w.changed, Since: w.since, Before: w.before,
			Limit: max(page.limit-page.items, 1), Bytes: max(page.bytes-page.size, 1)})
		if err != nil {
			return protocol.ConversationsResult{}, err
		}
		n := page.take(home.Items)
		if n > 0 {
			w.before = home.Items[n-1].Activity
		}
		if n < len(home.Items) || home.More {
			page.result.Next = w.token(a.hub.Cursors())
			return page.result, nil
		}
		if begins {
			return page.result, nil
		}
		w.changed, w.since, w.round, w.before = true, w.round, a.hub.End(), 0
	}
}

// homeWalk is how far a list has been read.
type homeWalk struct {
	changed bool        // only what has changed after since
	reset   bool        // what was asked for since cannot be continued from
	cursor  store.Place // the end of the log when the first page was read
	round   store.Place // the same, of this round
	since   store.Place
	before  store.Place // the activity of the last item of the page before, 0 at the beginning of a round
}

// homeWalk goes on where the page before ended, or begins.
func (a *API) homeWalk(p protocol.ConversationsParams) (w homeWalk, err error) {
	if p.Page != "" {
		return readHomeToken(a.hub.Cursors(), p.Page)
	}
	w.cursor = a.hub.End() // before the store is read, which may be ahead of it
	w.round = w.cursor
	if p.Since != "" {
		if since, ok := a.hub.Place(p.Since); ok {
			w.since, w.changed = since, true
		} else {
			w.reset = true
		}
	}
	return w, nil
}

// The first letter of a token of a page of the list.
const (
	tokenAll     = "a"
	tokenReset   = "r" // all, because of a reset
	tokenChanged = "c"
	tokenRound   = "s" // changed, in a list that began as one of all because of a reset
)

func (w *homeWalk) token(c *hub.Cursors) string {
	letter := tokenAll
	switch {
	case w.changed && w.reset:
		letter = tokenRound
	case w.changed:
		letter = tokenChanged
	case w.reset:
		letter = tokenReset
	}
	return letter + c.Token(w.cursor, w.round, w.since, w.before)
}

func readHomeToken(c *hub.Cursors, token string) (homeWalk, error) {
	letter := token[:1]
	places, ok := c.Places(token[1:], 4)
	known := letter == tokenAll || letter == tokenReset || letter == tokenChanged || letter == tokenRound
	if !ok || !known {
		return homeWalk{}, errPage
	}
	return homeWalk{
		changed: letter == tokenChanged || letter == tokenRound,
		reset:   letter == tokenReset || letter == tokenRound,
		cursor:  places[0],
		round:   places[1],
		since:   places[2],
		before:  places[3],
	}, nil
}

// homePage is a page that is being filled.
type homePage struct {
	limit, bytes int // that it may have
	items, size  int // that it has
	result       protocol.ConversationsResult
}

// take puts items on the page until it is full, and returns how many. A page
// takes its first item whatever the size. Sizes are measured by encoding the
// items only when they might not fit.
func (p *homePage) take(items []store.HomeItem) int {
	bound := 0
	for i := range items {
		bound += conversationBound(&items[i].Conversation)
	}
	measure := conversationBound
	if p.size+bound > p.bytes {
		measure = func(c *protocol.Conversation) int { return encodedSize(c) }
	}
	p.result.Conversations = slices.Grow(p.result.Conversations, min(len(items), p.limit-p.items))
	for i := range items {
		item := &items[i]
		size := len(item.Conversation.ID) + len(`"",`)
		if !item.Left {
			size = measure(&item.Conversation)
		}
		if p.items == p.limit || p.items > 0 && p.size+size > p.bytes {
			return i
		}
		p.items++
		p.size += size
		if item.Left {
			p.result.Left = append(p.result.Left, item.Conversation.ID)
		} else {
			p.result.Conversations = append(p.result.Conversations, item.Conversation)
		}
	}
	return len(items)
}

// conversationFrame is what a conversation takes at most beside its name, its
// members and its last message.
const conversationFrame = 512

// conversationBound is a size that a conversation does not pass in JSON.
func conversationBound(c *protocol.Conversation) int {
	size := conversationFrame + escapeMax*len(c.Name) + namesSize(c.Members)
	if c.LastMessage != nil {
		size += messageBound(c.LastMessage)
	}
	return size
}
