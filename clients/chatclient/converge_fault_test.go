package chatclient

import (
	"context"
	"slices"
	"sync"

	"asappchat/protocol"
	"asappchat/store"
)

// fault is a mistake of the server's, told by its store, or of the client's,
// made after a change by the mirror.
type fault struct {
	store func(store.Store) store.Store
	spoil func(*device, Change)
}

// faults are mistakes, each of which breaks a promise.
var faults = map[string]fault{
	"what is missed when a connection is resumed has a hole": onFollow(func(events []store.Event) []store.Event {
		return slices.DeleteFunc(events, func(e store.Event) bool { return e.Place%3 == 0 })
	}),
	"an edit does not reach a device that resumes": onFollow(func(events []store.Event) []store.Event {
		return slices.DeleteFunc(events, func(e store.Event) bool { return e.Updated })
	}),
	"a change does not reach a device that was away": onHome(func(since store.Place, h *store.Home) {
		h.Items = slices.DeleteFunc(h.Items, func(i store.HomeItem) bool { return i.Activity <= since })
	}),
	"a device that was away is not told of what was left": onHome(func(_ store.Place, h *store.Home) {
		h.Items = slices.DeleteFunc(h.Items, func(i store.HomeItem) bool { return i.Left })
	}),
	"who was removed is still told": {store: func(good store.Store) store.Store {
		return &altered{Store: good, event: (&gossip{former: map[string][]string{}}).tell}
	}},
	"a reaction counts twice": onEvent(func(e *store.Event) {
		if e.Message == nil || len(e.Message.Reactions) == 0 {
			return
		}
		m := *e.Message
		m.Reactions = slices.Clone(m.Reactions)
		m.Reactions[0].Count++
		e.Message = &m
	}),
	"a marker is not told": onEvent(func(e *store.Event) {
		if e.Read != nil {
			e.Audience = nil
		}
	}),
	"the server counts own messages as unread": onConversation(func(viewer string, c *protocol.Conversation) {
		if m := c.LastMessage; m != nil && m.Sender == viewer && !m.Deleted {
			c.Unread++
		}
	}),
	"the server counts deleted messages as unread": onConversation(func(_ string, c *protocol.Conversation) {
		if m := c.LastMessage; m != nil && m.Deleted && c.ReadSeq < m.Seq {
			c.Unread++
		}
	}),
	"the server's markers go back": {store: func(good store.Store) store.Store {
		f := &forgetful{read: map[[2]string]int64{}}
		return &altered{Store: good, outcome: f.note, conversation: f.show}
	}},
	"the client counts own messages as unread": {spoil: onEntry(func(d *device, e *entry, event any) {
		if m, ok := event.(protocol.MessageEvent); ok && m.Message.Sender == d.user && m.Message.Seq == e.LastSeq {
			e.Unread++
		}
	})},
	"the client does not count down for a deletion": {spoil: onEntry(func(d *device, e *entry, event any) {
		if m, ok := event.(Updated); ok && m.Message.Deleted && m.Message.Seq > e.ReadSeq {
			e.Unread++
		}
	})},
	"the client takes an event that comes again for another": {store: again, spoil: onEntry(func(d *device, e *entry, event any) {
		m, ok := event.(protocol.MessageEvent)
		if ok && d.seen[about(event)] > 1 && m.Message.Sender != d.user && !m.Message.Deleted && m.Message.Seq > e.ReadSeq {
			e.Unread++
		}
	})},
	"the client takes the marker of another for its own": {spoil: onEntry(func(d *device, e *entry, event any) {
		if r, ok := event.(protocol.ReadEvent); ok && r.Username != d.user {
			e.ReadSeq = r.Seq
		}
	})},
	"the client keeps what was left": {spoil: func(d *device, c Change) {
		e, ok := c.Event.(protocol.ConversationEvent)
		if ok && e.Change == protocol.Left && e.Username == d.user {
			d.mirror.mu.Lock()
			defer d.mirror.mu.Unlock()
			d.mirror.putLocked(protocol.Conversation{ID: e.Conversation})
		}
	}},
}

// altered is a store that tells something else than it knows.
type altered struct {
	store.Store
	outcome      func(store.Mutation, *store.Outcome)
	event        func(*store.Event)
	conversation func(viewer string, c *protocol.Conversation)
	follow       func([]store.Event) []store.Event
	home         func(since store.Place, h *store.Home)
	rewind       store.Place // how far before what was asked for catching up begins
}

func onEvent(f func(*store.Event)) fault {
	return fault{store: func(good store.Store) store.Store { return &altered{Store: good, event: f} }}
}

func onFollow(f func([]store.Event) []store.Event) fault {
	return fault{store: func(good store.Store) store.Store { return &altered{Store: good, follow: f} }}
}

func onHome(f func(store.Place, *store.Home)) fault {
	return fault{store: func(good store.Store) store.Store { return &altered{Store: good, home: f} }}
}

func onConversation(f func(string, *protocol.Conversation)) fault {
	return fault{store: func(good store.Store) store.Store { return &altered{Store: good, conversation: f} }}
}

// onEntry changes the conversation that a change was about.
func onEntry(f func(*device, *entry, any)) func(*device, Change) {
	return func(d *device, c Change) {
		d.mirror.mu.Lock()
		defer d.mirror.mu.Unlock()
		if e := d.mirror.entries[c.Conversation]; e != nil {
			f(d, e, c.Event)
		}
	}
}

// again lets what is caught up with begin too early. A client is to see nothing
// of that.
func again(good store.Store) store.Store { return &altered{Store: good, rewind: 20} }

func (s *altered) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	outcomes, err := s.Store.Commit(ctx, group)
	for i := range outcomes {
		if s.outcome != nil {
			s.outcome(group[i], &outcomes[i])
		}
		for j := range outcomes[i].Events {
			if s.event != nil {
				s.event(&outcomes[i].Events[j])
			}
		}
	}
	return outcomes, err
}

func (s *altered) Conversation(ctx context.Context, viewer, with string) (protocol.Conversation, error) {
	c, err := s.Store.Conversation(ctx, viewer, with)
	if s.conversation != nil && err == nil {
		s.conversation(viewer, &c)
	}
	return c, err
}

func (s *altered) Home(ctx context.Context, viewer string, page store.HomePage) (store.Home, error) {
	h, err := s.Store.Home(ctx, viewer, page)
	if s.home != nil && page.Changed {
		s.home(page.Since, &h)
	}
	for i := range h.Items {
		if s.conversation != nil && !h.Items[i].Left {
			s.conversation(viewer, &h.Items[i].Conversation)
		}
	}
	return h, err
}

func (s *altered) Trails(ctx context.Context, username string, after, upto store.Place) ([]store.Trail, error) {
	return s.Store.Trails(ctx, username, max(0, after-s.rewind), upto)
}

func (s *altered) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	events, trail, err := s.Store.Follow(ctx, username, trail, upto, limit, bytes)
	if s.follow != nil {
		events = s.follow(events)
	}
	return events, trail, err
}

// gossip goes on telling those who were removed from a group what is said there.
type gossip struct{ former map[string][]string }

func (g *gossip) tell(e *store.Event) {
	if c := e.Conversation; c != nil && c.Change == protocol.Left {
		g.former[c.Conversation] = append(g.former[c.Conversation], c.Username)
	}
	if e.Message != nil {
		e.Audience = slices.Concat(e.Audience, g.former[e.Message.Conversation])
		slices.Sort(e.Audience)
		e.Audience = slices.Compact(e.Audience)
	}
}

// forgetful takes every marker for the present one.
type forgetful struct {
	mu   sync.Mutex
	read map[[2]string]int64 // by username and conversation
}

func (f *forgetful) note(m store.Mutation, o *store.Outcome) {
	if r, ok := o.Value.(protocol.ReadResult); ok {
		f.mu.Lock()
		defer f.mu.Unlock()
		mark := m.(*store.MarkRead)
		f.read[[2]string{mark.Username, r.Conversation}] = mark.Seq
	}
}

func (f *forgetful) show(viewer string, c *protocol.Conversation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq, ok := f.read[[2]string{viewer, c.ID}]; ok && seq < c.ReadSeq {
		c.ReadSeq = seq
	}
}
