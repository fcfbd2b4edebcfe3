package storetest_test

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// altered changes what goes into a store and what comes out, where a function
// is set.
type altered struct {
	store.Store
	page         func(*store.Page)
	homePage     func(*store.HomePage)
	mutation     func(store.Mutation) store.Mutation
	outcomes     func([]store.Outcome)
	outcome      func(store.Mutation, *store.Outcome)
	message      func(*protocol.Message) // wherever there is one
	history      func(*store.History)
	conversation func(viewer string, c *protocol.Conversation)
	members      func(viewer string, page []protocol.Member)
	home         func(store.HomePage, *store.Home)
	followed     func(username string, events []store.Event) []store.Event
}

// with makes a fault of functions.
func with(a altered) func(store.Store) store.Store {
	return func(good store.Store) store.Store {
		a.Store = good
		return &a
	}
}

func onPage(f func(*store.Page)) func(store.Store) store.Store { return with(altered{page: f}) }

func onHistory(f func(*store.History)) func(store.Store) store.Store {
	return with(altered{history: f})
}

func onMutation(f func(store.Mutation) store.Mutation) func(store.Store) store.Store {
	return with(altered{mutation: f})
}

func onOutcomes(f func([]store.Outcome)) func(store.Store) store.Store {
	return with(altered{outcomes: f})
}

// onOne changes a copy of each mutation of one type.
func onOne[M any](f func(*M)) func(store.Store) store.Store {
	return onMutation(func(m store.Mutation) store.Mutation {
		one, ok := any(m).(*M)
		if !ok {
			return m
		}
		changed := *one
		f(&changed)
		return any(&changed).(store.Mutation)
	})
}

// onOutcome changes the outcomes of mutations of one type that were applied.
func onOutcome[M any](f func(*M, *store.Outcome)) func(store.Store) store.Store {
	return with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
		if one, ok := any(m).(*M); ok && o.Err == nil {
			f(one, o)
		}
	}})
}

func onMessage(f func(*protocol.Message)) func(store.Store) store.Store {
	return with(altered{message: f})
}

func onConversation(f func(viewer string, c *protocol.Conversation)) func(store.Store) store.Store {
	return with(altered{conversation: f})
}

func onHomePage(f func(*store.HomePage)) func(store.Store) store.Store {
	return with(altered{homePage: f})
}

func onHome(f func(store.HomePage, *store.Home)) func(store.Store) store.Store {
	return with(altered{home: f})
}

func onFollow(f func(username string, events []store.Event) []store.Event) func(store.Store) store.Store {
	return with(altered{followed: f})
}

func (s *altered) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	asked := group
	if s.mutation != nil {
		group = slices.Clone(group)
		for i := range group {
			group[i] = s.mutation(group[i])
		}
	}
	outcomes, err := s.Store.Commit(ctx, group)
	for i := range outcomes {
		s.alter(asked[i], &outcomes[i])
	}
	if s.outcomes != nil {
		s.outcomes(outcomes)
	}
	return outcomes, err
}

func (s *altered) alter(m store.Mutation, o *store.Outcome) {
	if s.outcome != nil {
		s.outcome(m, o)
	}
	if s.message == nil {
		return
	}
	s.alterEvents(o.Events)
	if msg, ok := o.Value.(protocol.Message); ok {
		s.message(&msg)
		o.Value = msg
	}
}

// alterEvents leaves the messages of the store as they are.
func (s *altered) alterEvents(events []store.Event) {
	for i := range events {
		if s.message != nil && events[i].Message != nil {
			msg := *events[i].Message
			s.message(&msg)
			events[i].Message = &msg
		}
	}
}

func (s *altered) Conversation(ctx context.Context, viewer, with string) (protocol.Conversation, error) {
	c, err := s.Store.Conversation(ctx, viewer, with)
	if s.message != nil && c.LastMessage != nil {
		s.message(c.LastMessage)
	}
	if s.conversation != nil && err == nil {
		s.conversation(viewer, &c)
	}
	return c, err
}

func (s *altered) Members(ctx context.Context, viewer, with, after string, limit int) ([]protocol.Member, error) {
	page, err := s.Store.Members(ctx, viewer, with, after, limit)
	if s.members != nil {
		s.members(viewer, page)
	}
	return page, err
}

func (s *altered) History(ctx context.Context, viewer, with string, page store.Page) (store.History, error) {
	if s.page != nil {
		s.page(&page)
	}
	h, err := s.Store.History(ctx, viewer, with, page)
	if s.message != nil {
		for i := range h.Messages {
			s.message(&h.Messages[i])
		}
	}
	if s.history != nil {
		s.history(&h)
	}
	return h, err
}

func (s *altered) Home(ctx context.Context, viewer string, page store.HomePage) (store.Home, error) {
	asked := page
	if s.homePage != nil {
		s.homePage(&page)
	}
	h, err := s.Store.Home(ctx, viewer, page)
	if s.home != nil {
		s.home(asked, &h)
	}
	return h, err
}

func (s *altered) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	events, trail, err := s.Store.Follow(ctx, username, trail, upto, limit, bytes)
	s.alterEvents(events)
	if s.followed != nil {
		events = s.followed(username, events)
	}
	return events, trail, err
}
