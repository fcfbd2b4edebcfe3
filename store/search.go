package store

import (
	"context"

	"asappchat/protocol"
	"asappchat/store/words"
)

// Searcher finds messages. What is committed is indexed behind the commit, so
// that a search may not find the last ones yet; what it finds is as it is now
// and may be seen now. How far behind is bounded: a store says how.
type Searcher interface {
	// Search returns a page of the messages that a viewer may see and that a
	// query asks for, newest first. With a conversation that there is not for
	// the viewer it is ErrNotFound.
	Search(ctx context.Context, viewer string, q Query) (Hits, error)
	// AwaitIndex returns when a search sees what is committed up to a place, or
	// with the error of the context when that ends before. An index that is being
	// made anew sees nothing until it is whole.
	AwaitIndex(ctx context.Context, place Place) error
}

// Query asks for up to Limit messages. Empty members leave out nothing, but one
// of Words, Sender and Mentions is set. Limit must be positive.
type Query struct {
	Words    words.Query
	With     string // a conversation, as the viewer names it
	Sender   string
	Mentions string // a username that the message mentions
	Since    protocol.Time
	Until    protocol.Time // not included
	// Before is the Next of the page before. Only messages that were sent at a
	// place before it count; 0 is the first page.
	Before Place
	Limit  int
}

// Hits is a page of what was found. It may have fewer messages than asked for,
// or none, although there are more: only Next says so.
type Hits struct {
	Items []Hit
	Next  Place // what the next page begins before, 0 when there is no more
	// Seen is the place up to which the index has seen what is committed, 0 while
	// it is being made anew. Behind says that this is not all of it.
	Seen   Place
	Behind bool
}

// Hit is a message that was found, and the place at which it was sent.
type Hit struct {
	Place   Place
	Message protocol.Message
	// Start and End are where in its body the first of the words stand, in
	// bytes; both 0 without words.
	Start, End int
}
