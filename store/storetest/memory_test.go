package storetest_test

import (
	"context"
	"slices"
	"sync"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/model"
)

// memory makes a store of the plain model, to see that the suite asks for
// nothing else than the model says, and of another one, which keeps accounts
// and sessions and is closed.
type memory struct {
	store.Store
	mu    sync.Mutex
	model *model.Model
	rooms []string // the ids of conversations; their indexes are what trails name
}

// lock makes sure that the store is open, and holds the model until unlock.
func (s *memory) lock(ctx context.Context) (unlock func(), err error) {
	if _, err := s.Store.Head(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	return s.mu.Unlock, nil
}

func (s *memory) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	outcomes := make([]store.Outcome, len(group))
	for i, m := range group {
		if outcomes[i], err = s.apply(ctx, m); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (s *memory) apply(ctx context.Context, m store.Mutation) (store.Outcome, error) {
	switch m.(type) {
	case *store.CreateUser, *store.SetProfile:
		s.model.Apply(m)
	case *store.SetPassword, *store.CreateSession, *store.ExchangeToken, *store.SeeSession, *store.EndSession:
	default:
		o := s.model.Apply(m)
		for _, e := range o.Events {
			if c := e.Conversation; c != nil && c.Change == protocol.Created {
				s.rooms = append(s.rooms, c.Conversation)
			}
		}
		return o, nil
	}
	outcomes, err := s.Store.Commit(ctx, []store.Mutation{m})
	if err != nil {
		return store.Outcome{}, err
	}
	return outcomes[0], nil
}

// from reads from the model.
func from[T any](ctx context.Context, s *memory, read func() (T, error)) (T, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		var none T
		return none, err
	}
	defer unlock()
	return read()
}

func (s *memory) Head(ctx context.Context) (store.Head, error) {
	return from(ctx, s, func() (store.Head, error) {
		head, err := s.Store.Head(ctx)
		head.Place = s.model.Place()
		return head, err
	})
}

func (s *memory) Conversation(ctx context.Context, viewer, with string) (protocol.Conversation, error) {
	return from(ctx, s, func() (protocol.Conversation, error) { return s.model.Conversation(viewer, with) })
}

func (s *memory) Members(ctx context.Context, viewer, with, after string, limit int) ([]protocol.Member, error) {
	return from(ctx, s, func() ([]protocol.Member, error) { return s.model.Members(viewer, with, after, limit) })
}

func (s *memory) History(ctx context.Context, viewer, with string, page store.Page) (store.History, error) {
	return from(ctx, s, func() (store.History, error) { return s.model.History(viewer, with, page) })
}

func (s *memory) Home(ctx context.Context, viewer string, page store.HomePage) (store.Home, error) {
	return from(ctx, s, func() (store.Home, error) { return s.model.Home(viewer, page), nil })
}

func (s *memory) Users(ctx context.Context, sharing, prefix, after string, limit int) ([]protocol.User, error) {
	return from(ctx, s, func() ([]protocol.User, error) { return s.model.Users(sharing, prefix, after, limit), nil })
}

func (s *memory) Privacy(ctx context.Context, username string) (protocol.Privacy, error) {
	return from(ctx, s, func() (protocol.Privacy, error) { return s.model.Privacy(username) })
}

func (s *memory) Blocked(ctx context.Context, username, after string, limit int) ([]protocol.User, error) {
	return from(ctx, s, func() ([]protocol.User, error) { return s.model.Blocked(username, after, limit), nil })
}

func (s *memory) Seen(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error) {
	return from(ctx, s, func() (map[string]protocol.Time, error) {
		seen := make(map[string]protocol.Time)
		for _, name := range s.model.Seen(viewer, usernames) {
			sessions, err := s.Store.Sessions(ctx, name)
			if err != nil {
				return nil, err
			}
			seen[name] = 0
			for _, session := range sessions {
				seen[name] = max(seen[name], session.LastSeenAt)
			}
		}
		return seen, nil
	})
}

func (s *memory) Hearers(ctx context.Context, viewer, with string, max int) (id string, hearers []string, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", nil, err
	}
	defer unlock()
	return s.model.Hearers(viewer, with, max)
}

func (s *memory) Search(ctx context.Context, viewer string, q store.Query) (store.Hits, error) {
	return from(ctx, s, func() (h store.Hits, err error) {
		all, err := s.model.Search(viewer, q)
		h.Seen = s.model.Place()
		for _, hit := range all {
			switch {
			case q.Before != 0 && hit.Place >= q.Before:
			case len(h.Items) == q.Limit:
				h.Next = h.Items[q.Limit-1].Place
				return h, nil
			default:
				h.Items = append(h.Items, hit)
			}
		}
		return h, err
	})
}

func (s *memory) AwaitIndex(ctx context.Context, _ store.Place) error {
	_, err := s.Head(ctx)
	return err
}

func (s *memory) Trails(ctx context.Context, username string, after, upto store.Place) ([]store.Trail, error) {
	return from(ctx, s, func() (trails []store.Trail, err error) {
		for i := range s.rooms {
			trail := store.Trail{Conversation: int64(i), After: after, Next: after + 1}
			if events := s.along(username, trail, upto); len(events) > 0 {
				trail.Next = events[0].Place
				trails = append(trails, trail)
			}
		}
		return trails, nil
	})
}

// along are the events of a trail.
func (s *memory) along(username string, trail store.Trail, upto store.Place) []store.Event {
	return slices.DeleteFunc(s.model.Replay(username, trail.After, upto), func(e store.Event) bool {
		return conversationOf(e) != s.rooms[trail.Conversation] || e.Place < trail.Next
	})
}

func (s *memory) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, trail, err
	}
	defer unlock()
	all := s.along(username, trail, upto)
	for i, e := range all {
		if e.Message != nil {
			bytes -= store.Size(e.Message)
		}
		if i == limit || i > 0 && e.Message != nil && bytes < 0 {
			trail.Next = e.Place
			return all[:i], trail, nil
		}
	}
	trail.Next = upto + 1
	return all, trail, nil
}

func (s *memory) Recent(ctx context.Context, username string, after, upto store.Place, limit, bytes int) ([]store.Event, bool, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, false, err
	}
	defer unlock()
	all := s.model.Replay(username, after, upto)
	for _, e := range all {
		if e.Message == nil || e.Updated {
			return nil, false, nil
		}
		bytes -= store.Size(e.Message)
	}
	if len(all) > limit || bytes < 0 {
		return nil, false, nil
	}
	return all, true, nil
}

func conversationOf(e store.Event) string {
	switch {
	case e.Message != nil:
		return e.Message.Conversation
	case e.Read != nil:
		return e.Read.Conversation
	}
	return e.Conversation.Conversation
}
