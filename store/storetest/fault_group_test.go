package storetest_test

import (
	"context"
	"errors"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

var groupFaults = map[string]fault{
	"who was removed can still look": {
		"an owner removes others, an admin plain members, and nobody else anybody",
		func(good store.Store) store.Store { return &leaking{Store: good, owners: map[string]string{}} },
	},
	"an admin removes admins": {
		"an owner removes others, an admin plain members, and nobody else anybody",
		onOne(func(m *store.RemoveMember) {
			if m.Actor == "bo" && m.Username == "cleo" {
				m.Actor = "ana"
			}
		}),
	},
	"nobody follows the owner": {
		"when the owner leaves, the admin who has been there longest is the owner, then the member who has",
		onOutcome(func(_ *store.RemoveMember, o *store.Outcome) { o.Events = o.Events[:1] }),
	},
	"anybody changes roles": {
		"the owner changes the roles of others",
		onOne(func(m *store.SetRole) {
			if m.Actor == "bo" {
				m.Actor = "ana"
			}
		}),
	},
	"who was the owner is not told to be an admin": {
		"who makes another the owner is an admin",
		onOutcome(func(_ *store.SetRole, o *store.Outcome) { o.Events = o.Events[:1] }),
	},
	"a name is lost": {
		"owner and admins rename a group",
		onConversation(func(_ string, c *protocol.Conversation) { c.Name = "a group" }),
	},
	"a closed group takes messages": {
		"nothing is sent, edited or reacted to in a closed group, and the rest goes on",
		func(good store.Store) store.Store { return &forcing{good, store.ErrClosed, reopened} },
	},
	"a direct conversation is closed": {
		"a group is closed by owner and admins, and a direct conversation by nobody",
		with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
			if s, ok := m.(*store.SetState); ok && s.With == "bo" {
				*o = store.Outcome{}
			}
		}}),
	},
	"history is not shared": {
		"in a group with history, who joins sees what was sent before",
		onOne(func(m *store.CreateGroup) { m.History = false }),
	},
	"preferences outlive the membership": {
		"what belongs to a membership does not come back with its user",
		onConversation(func(_ string, c *protocol.Conversation) { c.Muted = true }),
	},
	"a block is judged before retries": {
		"a retry is judged before all else: its sender may be blocked",
		func(good store.Store) store.Store { return &rude{good} },
	},
	"a block is forgotten where there is a conversation": {
		"who is blocked sends and invites no more, and the one who blocks does",
		func(good store.Store) store.Store { return &forcing{good, store.ErrNotAccepting, unblocked} },
	},
	"a block is forgotten in edits": {
		"who is not accepted edits and reacts no more, and deletes and takes back",
		with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
			if _, ok := m.(*store.Edit); ok && o.Err == store.ErrNotAccepting {
				*o = store.Outcome{}
			}
		}}),
	},
	"a block is forgotten in reactions": {
		"who is not accepted edits and reacts no more, and deletes and takes back",
		with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
			if _, ok := m.(*store.React); ok && o.Err == store.ErrNotAccepting {
				*o = store.Outcome{}
			}
		}}),
	},
	"a block begins with the next commit": {
		"a block counts for the mutations after it in its group",
		func(good store.Store) store.Store { return &deferring{good} },
	},
	"who shares a group is as everybody": {
		"messages and invitations come from whom a user takes them",
		onOne(func(m *store.SetPrivacy) {
			if m.Contact == protocol.ContactShared {
				m.Contact = protocol.ContactEverybody
			}
		}),
	},
	"nobody is who shares a group": {
		"messages and invitations come from whom a user takes them",
		onOne(func(m *store.SetPrivacy) {
			if m.Contact == protocol.ContactNobody {
				m.Contact = protocol.ContactShared
			}
		}),
	},
	"one is not open to oneself": {
		"notes to oneself are never refused",
		with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
			if a, ok := m.(*store.Append); ok && a.To == "ana" && a.Message.Body == "second" {
				*o = store.Outcome{Err: store.ErrNotAccepting}
			}
		}}),
	},
	"there is one blocked more than may be": {
		"whom a user blocks is listed by name, once, up to a number",
		onOne(func(m *store.Block) { m.Max++ }),
	},
	"a page of the blocked holds one too many": {
		"whom a user blocks is listed page by page",
		func(good store.Store) store.Store { return &generous{good} },
	},
	"what is not given of a profile is taken away": {
		"a profile is changed in what is given",
		onOne(func(m *store.SetProfile) {
			if m.Status == nil {
				m.Status = new("")
			}
		}),
	},
	"users who do not share are listed": {
		"users who share a conversation with one are listed, and the one",
		func(good store.Store) store.Store { return &indiscreet{good} },
	},
}

// forcing applies what is refused by an error all the same, between two others.
type forcing struct {
	store.Store
	refusal error
	around  func(*store.Append) (before, after store.Mutation)
}

func reopened(m *store.Append) (before, after store.Mutation) {
	return &store.SetState{Actor: "ana", With: m.To, State: protocol.Opened},
		&store.SetState{Actor: "ana", With: m.To, State: protocol.Closed}
}

func unblocked(m *store.Append) (before, after store.Mutation) {
	return &store.Block{Username: m.To, Other: m.Message.Sender, Remove: true},
		&store.Block{Username: m.To, Other: m.Message.Sender, Max: 9}
}

func (s *forcing) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	outcomes, err := s.Store.Commit(ctx, group)
	a, ok := group[0].(*store.Append)
	if err != nil || !ok || !errors.Is(outcomes[0].Err, s.refusal) {
		return outcomes, err
	}
	before, after := s.around(a)
	all, err := s.Store.Commit(ctx, []store.Mutation{before, a, after})
	if err != nil {
		return nil, err
	}
	return all[1:2], nil
}

// rude looks at blocks before anything else.
type rude struct{ store.Store }

func (s *rude) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	if a, ok := group[0].(*store.Append); ok {
		blocked, err := s.Blocked(ctx, a.To, "", 9)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(blocked, func(u protocol.User) bool { return u.Username == a.Message.Sender }) {
			return []store.Outcome{{Err: store.ErrNotAccepting}}, nil
		}
	}
	return s.Store.Commit(ctx, group)
}

// deferring does the blocks of a group after all else.
type deferring struct{ store.Store }

func (s *deferring) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	order := make([]int, len(group))
	for i := range group {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return isBlock(group[a]) - isBlock(group[b]) })
	sorted := make([]store.Mutation, len(group))
	for i, from := range order {
		sorted[i] = group[from]
	}
	done, err := s.Store.Commit(ctx, sorted)
	if err != nil {
		return nil, err
	}
	outcomes := make([]store.Outcome, len(group))
	for i, from := range order {
		outcomes[from] = done[i]
	}
	return outcomes, nil
}

func isBlock(m store.Mutation) int {
	if _, ok := m.(*store.Block); ok {
		return 1
	}
	return 0
}

// generous gives one more of the blocked than was asked for.
type generous struct{ store.Store }

func (s *generous) Blocked(ctx context.Context, username, after string, limit int) ([]protocol.User, error) {
	return s.Store.Blocked(ctx, username, after, limit+1)
}

// indiscreet lists everybody to everybody.
type indiscreet struct{ store.Store }

func (s *indiscreet) Users(ctx context.Context, _, prefix, after string, limit int) ([]protocol.User, error) {
	return s.Store.Users(ctx, "", prefix, after, limit)
}
