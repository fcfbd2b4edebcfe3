package chatclient

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
)

// MirrorOptions says what a mirror begins with and keeps. The zero value, and
// nil, make one that begins empty and keeps no messages.
type MirrorOptions struct {
	// State is what Mirror.State of an earlier mirror of the same user
	// returned: only what changed since is asked for.
	State []byte
	// Messages is how many of the newest messages of a conversation are kept,
	// once Mirror.Messages has asked for them. 0 keeps none.
	Messages int
}

// Mirror is a user's home screen, kept up to date on this side: the
// conversations with their last messages, what is unread, markers and
// preferences. When it has caught up, Home is what conversations would answer
// to a fresh login.
//
// It moves while somebody loops over Changes, in the goroutine of that loop, and
// has none of its own. It takes the client's events: who wants to see these
// finds them in the changes. All methods may be called from any goroutine, except
// that only one loop over Changes runs at a time.
//
// Events are applied by what they say, messages by seq and rev, markers by the
// larger one, so one that comes again changes nothing. What an event leaves
// open is asked for. What a mirror hands out is shared and must not be changed.
type Mirror struct {
	client *Client
	user   string
	keep   int // messages of a conversation

	// turn holds a token while something that the server said is being applied.
	// No event is, then, between a question and its answer: so an answer is
	// never older than what it is put in place of. It may be newer than the
	// events; those that follow then change nothing.
	turn chan struct{}

	// These belong to the loop over Changes.
	filled bool                // the list was read
	stale  map[string]struct{} // conversations that are to be asked for
	held   any                 // an event that waits for the turn

	mu      sync.Mutex
	entries map[string]*entry // by id
	cursor  string            // all events up to here are applied
	top     int64             // the highest rank
	// loose are conversations that may not be in their place before the event of
	// their last message says so, although it tells nothing new: it was on its way
	// when they were read. With true, that of their creation or joining may be too.
	loose map[string]bool
}

// entry is a conversation in a mirror.
type entry struct {
	protocol.Conversation
	rank    int64 // those with newer activity have higher ones
	tail    tail
	recent  *recent // nil until somebody asks
	markers markers // nil until somebody asks
}

// Change says that something in a mirror is different.
type Change struct {
	// Conversation is the id of the one that is different, or is no longer
	// there. Empty, it says to look at all of them anew.
	Conversation string
	// Event is what happened, one of those that [Client.Events] yields, nil at
	// the beginning.
	Event any
}

// NewMirror makes a mirror for a client that is logged in. It asks the server
// nothing yet. The error is about the state that it is to begin with; State that
// is another user's is one too.
func NewMirror(c *Client, options *MirrorOptions) (*Mirror, error) {
	var o MirrorOptions
	if options != nil {
		o = *options
	}
	m := &Mirror{
		client:  c,
		user:    c.Login().User.Username,
		keep:    o.Messages,
		turn:    make(chan struct{}, 1),
		stale:   map[string]struct{}{},
		entries: map[string]*entry{},
		loose:   map[string]bool{},
	}
	if m.user == "" {
		return nil, protocol.Errorf(protocol.Unauthenticated, "a mirror needs a login")
	}
	if o.State == nil {
		return m, nil
	}
	return m, m.restore(o.State)
}

// Home returns the conversations, newest activity first.
func (m *Mirror) Home() []protocol.Conversation {
	m.mu.Lock()
	defer m.mu.Unlock()
	home := make([]protocol.Conversation, 0, len(m.entries))
	for _, e := range m.sortedLocked() {
		home = append(home, e.Conversation)
	}
	return home
}

func (m *Mirror) sortedLocked() []*entry {
	return slices.SortedFunc(maps.Values(m.entries), func(a, b *entry) int { return cmp.Compare(b.rank, a.rank) })
}

// Conversation returns one of the conversations, by its id or by the username of
// the peer of a direct one.
func (m *Mirror) Conversation(with string) (c protocol.Conversation, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.findLocked(with); e != nil {
		return e.Conversation, true
	}
	return c, false
}

func (m *Mirror) findLocked(with string) *entry {
	if e := m.entries[with]; e != nil || protocol.IsConversationID(with) {
		return e
	}
	for _, e := range m.entries {
		if e.With == with {
			return e
		}
	}
	return nil
}

// Changes fills the mirror, keeps it up to date, and yields what is different
// after it is. The first change is that of the filling; those that follow come
// in the order of the server's log. The loop ends as that of [Client.Events] does;
// a later one goes on where it ended.
func (m *Mirror) Changes(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		if m.held != nil || !m.filled || len(m.stale) > 0 {
			if change, err := m.take(ctx, m.held); errors.Is(err, ErrClosed) || !yield(change, err) || err != nil {
				return
			}
		}
		for event, err := range m.client.Events(ctx) {
			if err != nil {
				yield(Change{}, err)
				return
			}
			if change, err := m.take(ctx, event); errors.Is(err, ErrClosed) || !yield(change, err) || err != nil {
				return
			}
		}
	}
}

// take applies an event, if there is one, and asks for what is open then. When
// that fails, it is for the next loop to do.
func (m *Mirror) take(ctx context.Context, event any) (c Change, err error) {
	m.held = event
	if err := m.begin(ctx); err != nil {
		return c, err
	}
	defer m.end()
	c = Change{Conversation: m.apply(event), Event: event}
	m.held = nil
	return c, m.mend(ctx)
}

// begin waits for the turn.
func (m *Mirror) begin(ctx context.Context) error {
	select {
	case m.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m *Mirror) end() { <-m.turn }

// mend asks for all that is known to be wrong. Only when nothing is, the cursor
// moves. It is called with the turn.
func (m *Mirror) mend(ctx context.Context) error {
	if !m.filled {
		if err := m.fill(ctx); err != nil {
			return err
		}
	}
	for id := range m.stale {
		if err := m.renew(ctx, id); err != nil {
			return err
		}
		delete(m.stale, id)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursor = m.client.Cursor()
	return nil
}

// renew reads a conversation anew.
func (m *Mirror) renew(ctx context.Context, id string) error {
	r, err := ask(ctx, m.client, protocol.ConversationOf, protocol.WithParams{With: id})
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil:
		m.putAheadLocked(r.Conversation)
	case kindOfError(err) == protocol.NotFound: // left, as an event will tell
		delete(m.entries, id)
	default:
		return err
	}
	return nil
}

// putAheadLocked puts a conversation into the mirror that may have messages whose
// events are on their way.
func (m *Mirror) putAheadLocked(c protocol.Conversation) {
	before := m.entries[c.ID]
	ahead := c.LastMessage != nil && (before == nil || before.LastSeq < c.LastSeq)
	m.putLocked(c)
	if _, loose := m.loose[c.ID]; ahead && !loose {
		m.loose[c.ID] = false
	}
}

// ask is Call for what a mirror cannot do without: it tries again after a bug
// of the server too, unless that says it would be in vain, up to the end of the
// context.
func ask[P, R any](ctx context.Context, c *Client, method protocol.Method[P, R], params P) (R, error) {
	for tries := 0; ; tries++ {
		r, err := Call(ctx, c, method, params)
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Basis() != protocol.Internal || !refused.Retryable() {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, errors.Join(context.Cause(ctx), err)
		case <-time.After(c.options.Backoff.delay(tries)):
		}
	}
}
