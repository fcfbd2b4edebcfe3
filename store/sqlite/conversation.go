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
	closed    bool
	history   bool // who joins sees what was sent before
	lastSeq   int64
	lastPlace store.Place // of the last message, or else of the creation

	// names are the members, sorted. They are given away as audiences, and so
	// replaced, never changed. seats has the rest of each, at the same index.
	names []string
	seats []seat
	large bool // the members' rows do not move
	pending

	open uint64 // the writer's generation when both of a pair accepted each other

	used   *list.Element // of the cache
	weight int
}

// seat is a membership.
type seat struct {
	role     protocol.Role
	place    store.Place // of the joining
	firstSeq int64
	readSeq  int64
	spoke    bool // the row does not have readSeq yet
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

// seers are the members who see a message.
func (c *conversation) seers(seq int64) []string {
	blind := func(s seat) bool { return s.firstSeq > seq }
	if !slices.ContainsFunc(c.seats, blind) {
		return c.names
	}
	var names []string
	for i, name := range c.names {
		if !blind(c.seats[i]) {
			names = append(names, name)
		}
	}
	return names
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

// member finds a conversation that a user is a member of, nil when there is
// none. The seat is good until somebody joins or leaves.
func (w *writer) member(username, with string) (*conversation, *seat, error) {
	c, err := w.find(username, with)
	if c == nil || err != nil {
		return nil, nil, err
	}
	s, ok := c.seat(username)
	if !ok {
		return nil, nil, nil
	}
	return c, s, nil
}

// load reads a conversation into the cache.
func (w *writer) load(q query, args ...any) (*conversation, error) {
	c := &conversation{}
	found, err := w.get(scan{&c.key, &c.id, &c.pair.low, &c.pair.high, &c.name, &c.closed, &c.history}, q, args...)
	if err != nil || !found {
		return nil, err
	}
	c.lastPlace = store.Place(c.key)
	var name string
	var s seat
	for err := range w.each(scan{&name, &s.role, &s.place, &s.firstSeq, &s.readSeq, &c.large}, seats, c.key) {
		if err != nil {
			return nil, err
		}
		c.names, c.seats = append(c.names, name), append(c.seats, s)
	}
	if _, err := w.get(scan{&c.lastSeq, &c.lastPlace}, lastMessage, c.key); err != nil {
		return nil, err
	}
	w.cache.put(c)
	return c, nil
}

// create opens a conversation with its members, whose names are sorted, and
// returns what the log tells of it.
func (w *writer) create(c *conversation, at protocol.Time) (store.Event, error) {
	place := w.touch(c)
	c.key, c.lastPlace, c.large = int64(place), place, len(c.names) > w.small
	_, err := w.exec(insertConversation, c.key, c.id, c.pair.low, c.pair.high, c.name, len(c.names), c.history, int64(at))
	if err != nil {
		return store.Event{}, err
	}
	for i, name := range c.names {
		s := &c.seats[i]
		s.place, s.firstSeq = place, 1
		if err := w.insertMember(c, name, s, at); err != nil {
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

// shownTo is the conversation as one of its members sees it now.
func (w *writer) shownTo(viewer string, c *conversation) (protocol.Conversation, error) {
	if err := w.markSpeakers(c); err != nil {
		return protocol.Conversation{}, err
	}
	return w.conversationOf(viewer, c.key)
}

// answer is the outcome of a mutation that a member made in a conversation.
func (w *writer) answer(viewer string, c *conversation, events ...store.Event) (store.Outcome, error) {
	value, err := w.shownTo(viewer, c)
	if err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Value: value, Events: events}, nil
}
