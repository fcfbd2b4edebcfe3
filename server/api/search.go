package api

import (
	"context"
	"errors"
	"time"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

func (a *API) searchMethods() []row {
	return []row{query(protocol.Search, a.search)}
}

const (
	// searchCost is how many messages a search counts as, against the rate of
	// sending.
	searchCost = 5
	// indexWait is how long a search waits for the index to see what was stored
	// before. It is there within milliseconds, unless the server is very busy, or
	// the index is being made anew.
	indexWait = 2 * time.Second
)

func (a *API) search(ctx context.Context, s *Session, p protocol.SearchParams) (protocol.SearchResult, error) {
	q := store.Query{With: p.With, Sender: p.Sender, Mentions: p.Mentions, Since: p.Since, Until: p.Until, Limit: *p.Limit}
	if p.Query != "" {
		parsed, err := words.Parse(p.Query)
		if err != nil {
			return protocol.SearchResult{}, protocol.InvalidParam("query", "param \"query\" %v", err)
		}
		q.Words = parsed
	}
	if p.Page != "" {
		places, ok := a.hub.Cursors().Places(p.Page, 1)
		if !ok || places[0] == 0 {
			return protocol.SearchResult{}, errPage
		}
		q.Before = places[0]
	}
	if err := s.rate.allow(a.Now(), searchCost); err != nil {
		return protocol.SearchResult{}, err
	}
	now := a.hub.End()
	seen, err := a.awaitIndex(ctx, now)
	if err != nil {
		return protocol.SearchResult{}, err
	}
	hits, err := a.store.Search(ctx, s.username, q)
	if err != nil {
		return protocol.SearchResult{}, err
	}
	if seen && hits.Seen != 0 { // what came meanwhile does not count; an index that is made anew does
		hits.Seen, hits.Behind = now, false
	}
	return a.searchResult(&hits), nil
}

// awaitIndex waits, but not for long, until the index has seen a place, so that
// a user finds what the user has just sent.
func (a *API) awaitIndex(ctx context.Context, place store.Place) (seen bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	err = a.store.AwaitIndex(waiting, place)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

func (a *API) searchResult(hits *store.Hits) protocol.SearchResult {
	found := make([]protocol.FoundMessage, len(hits.Items))
	for i := range hits.Items {
		h := &hits.Items[i]
		found[i] = protocol.FoundMessage{Message: h.Message, Snippet: words.Snippet(h.Message.Body, h.Start)}
	}
	page, more := cutPage(found, len(found), a.Limits.PageBytes)
	if more {
		hits.Next = hits.Items[len(page)-1].Place
	}
	r := protocol.SearchResult{Messages: page, Complete: !hits.Behind}
	if hits.Next != 0 {
		r.Next = a.hub.Cursors().Token(hits.Next)
	}
	if hits.Seen != 0 || r.Complete {
		r.Cursor = a.hub.Cursors().Cursor(min(hits.Seen, a.hub.End()))
	}
	return r
}
