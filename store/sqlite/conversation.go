package sqlite

import (
	"container/list"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// conversation is one as the writer knows it.
type conversation struct {
	key       int64 // the place of its creation
	id        string
	pair      pair // of a direct one
	name      string
	createdAt protocol.Time
	lastSeq   int64

	// names are the members, sorted. They are given away as audiences, and so
	// replaced, never changed. seats has the rest of each, at the same index.
	names []string
	seats []seat
	large bool // the members' rows do not move

	last store.Place // of its last event in this transaction, or 0

	used   *list.Element // of the cache
	weight int
}

// seat is a membership.
type seat struct {
	role     protocol.Role
	joinedAt protocol.Time
	firstSeq int64
}

func (c *conversation) direct() bool { return c.pair.low != "" }

func kindOf(p pair) protocol.ConversationKind {
	if p.low != "" {
		return protocol.Direct
	}
	return protocol.Group
}

// peer returns the other name, which is the same one in notes to oneself.
func (p pair) peer(viewer string) string {
	if viewer == p.low {
		return p.high
	}
	return p.low
}

func (c *conversation) seat(username string) (*seat, bool) {
	i, ok := slices.BinarySearch(c.names, username)
	if !ok {
		return nil, false
	}
	return &c.seats[i], true
}

func (c *conversation) sit(username string, s seat) {
	i, _ := slices.BinarySearch(c.names, username)
	c.names = slices.Concat(c.names[:i], []string{username}, c.names[i:])
	c.seats = slices.Insert(c.seats, i, s)
}

func (c *conversation) rise(username string) {
	i, _ := slices.BinarySearch(c.names, username)
	c.names = slices.Concat(c.names[:i], c.names[i+1:])
	c.seats = slices.Delete(c.seats, i, i+1)
}

// shown are the members that a conversation names.
func shown(names []string) []string {
	return slices.Clone(names[:min(len(names), protocol.MembersShown)])
}

// as is the conversation as one of its members sees it.
func (c *conversation) as(viewer string) protocol.Conversation {
	s, _ := c.seat(viewer)
	v := protocol.Conversation{
		ID:          c.id,
		Kind:        kindOf(c.pair),
		Name:        c.name,
		With:        c.pair.peer(viewer),
		Role:        s.role,
		MemberCount: len(c.names),
		Members:     shown(c.names),
		CreatedAt:   c.createdAt,
		JoinedAt:    s.joinedAt,
	}
	if c.lastSeq >= s.firstSeq {
		v.LastSeq = c.lastSeq
	}
	return v
}

// find returns the conversation that a user names by its id or by a peer, nil
// when there is none. Whether the user is a member is another question.
func (w *writer) find(username, with string) (*conversation, error) {
	if protocol.IsConversationID(with) {
		if c := w.cache.id(with); c != nil {
			return c, nil
		}
		return w.load(conversationByID, with)
	}
	p := pairOf(username, with)
	if c := w.cache.pair(p); c != nil {
		return c, nil
	}
	return w.load(conversationByPair, p.low, p.high)
}

// load reads a conversation into the cache.
func (w *writer) load(q query, args ...any) (*conversation, error) {
	c := &conversation{}
	found, err := w.get(scan{&c.key, &c.id, &c.pair.low, &c.pair.high, &c.name, &c.createdAt}, q, args...)
	if err != nil || !found {
		return nil, err
	}
	var name string
	var s seat
	for err := range w.each(scan{&name, &s.role, &s.joinedAt, &s.firstSeq, &c.large}, seats, c.key) {
		if err != nil {
			return nil, err
		}
		c.names, c.seats = append(c.names, name), append(c.seats, s)
	}
	if _, err := w.get(scan{&c.lastSeq}, lastSeq, c.key); err != nil {
		return nil, err
	}
	w.cache.put(c)
	return c, nil
}

// create opens a conversation with its members, whose names are sorted, and
// returns what the log tells of it.
func (w *writer) create(c *conversation) (store.Event, error) {
	place := w.touch(c)
	c.key, c.large = int64(place), true
	_, err := w.exec(insertConversation, c.key, c.id, c.pair.low, c.pair.high, c.name, len(c.names), int64(c.createdAt))
	if err != nil {
		return store.Event{}, err
	}
	for i, name := range c.names {
		if err := w.insertMember(c, name, c.seats[i], place); err != nil {
			return store.Event{}, err
		}
	}
	w.cache.put(c)
	return c.event(place, protocol.Created, ""), nil
}

// event is what the log tells at a place, to the members of the moment.
func (c *conversation) event(place store.Place, change protocol.Change, username string) store.Event {
	e := &protocol.ConversationEvent{
		Conversation: c.id,
		Change:       change,
		Kind:         kindOf(c.pair),
		Name:         c.name,
		Username:     username,
		MemberCount:  len(c.names),
	}
	if change == protocol.Created {
		e.Members = shown(c.names)
	}
	return store.Event{Place: place, Audience: c.names, Conversation: e}
}

func (w *writer) createGroup(m *store.CreateGroup) (store.Outcome, error) {
	names := append([]string{m.Creator}, m.Members...)
	for _, name := range names {
		if known, err := w.userExists(name); err != nil {
			return store.Outcome{}, err
		} else if !known {
			return refused(&store.UserError{Username: name})
		}
	}
	slices.Sort(names)
	c := &conversation{id: m.ID, name: m.Name, createdAt: m.At, names: names, seats: make([]seat, len(names))}
	for i, name := range names {
		c.seats[i] = seat{role: protocol.Plain, joinedAt: m.At, firstSeq: 1}
		if name == m.Creator {
			c.seats[i].role = protocol.Owner
		}
	}
	event, err := w.create(c)
	if err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Value: c.as(m.Creator), Events: []store.Event{event}}, nil
}
