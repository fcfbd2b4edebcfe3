package storetest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

// fault is a small mistake that a store could make, and the case that finds it.
type fault struct {
	sentence string
	wrap     func(store.Store) store.Store
}

// faults are all of them, by what is wrong.
var faults = func() map[string]fault {
	all := map[string]fault{}
	for _, some := range []map[string]fault{basicFaults, changeFaults, homeFaults, groupFaults, replayFaults} {
		maps.Copy(all, some)
	}
	return all
}()

var basicFaults = map[string]fault{
	"a page is one short": {
		"a page has the messages of its bounds, seq ascending, and no others",
		onPage(func(p *store.Page) { p.Limit = max(1, p.Limit-1) }),
	},
	"a page goes one too far": {
		"a page has the messages of its bounds, seq ascending, and no others",
		onPage(func(p *store.Page) { p.To++ }),
	},
	"the bytes of a page are not counted": {
		"a page ends before the message that takes it past its bytes, unless that is the first",
		onPage(func(p *store.Page) { p.Bytes = 1 << 30 }),
	},
	"there seems to be a first message when there is none": {
		"a page is cut to what its viewer may see",
		onHistory(func(h *store.History) { h.FirstSeq = max(1, h.FirstSeq) }),
	},
	"the first message is that of the conversation": {
		"who joins again sees what comes after",
		onHistory(func(h *store.History) { h.FirstSeq = min(1, h.FirstSeq) }),
	},
	"numbers have a hole": {
		"who reads after a commit reads what it wrote, and never a hole",
		onHistory(func(h *store.History) {
			for i := range h.Messages {
				h.Messages[i].Seq += h.Messages[i].Seq / 3
			}
		}),
	},
	"a message is lost": {
		"the mutations of a group are applied in order, and see those before",
		onMutation(func(m store.Mutation) store.Mutation {
			if a, ok := m.(*store.Append); ok && a.Message.Body == "two" {
				return &store.SeeSession{ID: "none"}
			}
			return m
		}),
	},
	"presence is seen past a block": {
		"presence is not seen past a block, whoever blocks, nor by anybody when it is not shown",
		func(s store.Store) store.Store { return &nosy{s} },
	},
	"typing is heard past a block": {
		"typing is heard by nobody that blocks or is blocked, nor by who takes no messages",
		func(s store.Store) store.Store { return &nosy{s} },
	},
	"a password is lost": {
		"a password is replaced if it still is what it was",
		onMutation(func(m store.Mutation) store.Mutation {
			if p, ok := m.(*store.SetPassword); ok && p.OldHash == "one" {
				return &store.SeeSession{ID: "none"}
			}
			return m
		}),
	},
	"a retry is stored again": {
		"a message that is sent again is one message, for ever",
		onMutation(func(m store.Mutation) store.Mutation {
			if a, ok := m.(*store.Append); ok {
				again := *a
				rand.Read(again.Key[:])
				return &again
			}
			return m
		}),
	},
	"a retry does not say so": {
		"a message that is sent again is one message, for ever",
		onOutcomes(func(outcomes []store.Outcome) {
			for i, o := range outcomes {
				if r, ok := o.Value.(protocol.SendResult); ok {
					r.Duplicate = false
					outcomes[i].Value = r
				}
			}
		}),
	},
	"a retry is announced again": {
		"a message that is sent again is one message, for ever",
		onOutcomes(func(outcomes []store.Outcome) {
			for i, o := range outcomes {
				if r, ok := o.Value.(protocol.SendResult); ok && r.Duplicate {
					outcomes[i].Events = []store.Event{{Message: &protocol.Message{}}}
				}
			}
		}),
	},
	"who has left is not told": {
		"an event is for the members at its place, and for who leaves at it",
		onOutcomes(func(outcomes []store.Outcome) {
			for _, e := range events(outcomes) {
				if c := e.Conversation; c != nil && c.Change == protocol.Left {
					e.Audience = slices.DeleteFunc(slices.Clone(e.Audience), func(name string) bool { return name == c.Username })
				}
			}
		}),
	},
	"a group has the audience of its end": {
		"an event is for the members at its place, and for who leaves at it",
		onOutcomes(func(outcomes []store.Outcome) {
			all := events(outcomes)
			for _, e := range all {
				e.Audience = all[len(all)-1].Audience
			}
		}),
	},
	"a search shows who was there what came after": {
		"nobody finds what they may not see",
		onHits(func(s store.Store, _ string, q store.Query, h *store.Hits) {
			others, _ := s.Search(context.Background(), "ana", q)
			h.Items = others.Items
		}),
	},
	"a search shows what was deleted": {
		"a message is found by the words that it has now, and not once it is deleted",
		func(s store.Store) store.Store { return &remembering{Store: s} },
	},
	"a page of a search misses what is behind it": {
		"the pages of a search have everything once, whatever their size",
		onHits(func(_ store.Store, _ string, q store.Query, h *store.Hits) {
			if h.Next > 0 {
				h.Next--
			}
			if len(h.Items) < q.Limit {
				h.Next = 0
			}
		}),
	},
	"a page of a search is the last one when it is full": {
		"the pages of a search have everything once, whatever their size",
		onHits(func(_ store.Store, _ string, _ store.Query, h *store.Hits) { h.Next = 0 }),
	},
	"a search takes any of the words": {
		"a search finds words, beginnings of words and phrases, all of them together, newest first",
		onQuery(func(q *store.Query) { q.Words = q.Words[:min(1, len(q.Words))] }),
	},
	"a search takes the words of a phrase in any order": {
		"a search finds words, beginnings of words and phrases, all of them together, newest first",
		onQuery(func(q *store.Query) {
			var apart words.Query
			for _, p := range q.Words {
				for i, word := range p.Words {
					apart = append(apart, words.Phrase{Words: []string{word}, Prefix: p.Prefix && i == len(p.Words)-1})
				}
			}
			q.Words = apart
		}),
	},
	"a search includes the end of its time": {
		"a search is narrowed to a conversation, a sender, a time and who is mentioned",
		onQuery(func(q *store.Query) {
			if q.Until != 0 {
				q.Until++
			}
		}),
	},
	"a search does not look at who is mentioned": {
		"a search is narrowed to a conversation, a sender, a time and who is mentioned",
		onQuery(func(q *store.Query) {
			if q.Mentions != "" {
				q.Sender, q.Mentions = "ana", ""
			}
		}),
	},
	"a search says nothing of what it has seen": {
		"a search says up to which place it has seen",
		onHits(func(_ store.Store, _ string, _ store.Query, h *store.Hits) { h.Seen = 0 }),
	},
	"a group has one place": {
		"every event takes a place of its own, one after another",
		onOutcomes(func(outcomes []store.Outcome) {
			all := events(outcomes)
			for _, e := range all {
				e.Place = all[len(all)-1].Place
			}
		}),
	},
	"a refused mutation takes those after it along": {
		"the mutations of a group are applied in order, and see those before",
		func(good store.Store) store.Store { return &stopping{good} },
	},
	"who has left can still look": {
		"to who has left, the conversation does not exist",
		func(good store.Store) store.Store { return &leaking{Store: good, owners: map[string]string{}} },
	},
	"membership is judged before retries": {
		"a retry is judged before all else: its sender may have left",
		func(good store.Store) store.Store { return &hasty{good} },
	},
	"what came before is caught up with again": {
		"trails lead to conversations with events in between, and to no others",
		func(good store.Store) store.Store { return &repeating{good} },
	},
	"catching up at once leaves the joining out": {
		"few messages are caught up with at once, and nothing else is",
		func(good store.Store) store.Store { return &glossing{good} },
	},
	"catching up at once does not end": {
		"few messages are caught up with at once, and nothing else is",
		func(good store.Store) store.Store { return &endless{good} },
	},
	"catching up does not end": {
		"what is caught up with is what the log told, as it is now and as one may see it",
		func(good store.Store) store.Store { return &endless{good} },
	},
	"who has left is led to it too early": {
		"who has left is not led to it by catching up that ends before",
		func(good store.Store) store.Store { return &hopeful{good} },
	},
	"who has left finds it too early": {
		"who has left is not led to it by catching up that ends before",
		func(good store.Store) store.Store { return &endless{good} },
	},
	"a full page seems to have one after it": {
		"a trail leads beyond the end when there is no more, and only then",
		func(good store.Store) store.Store {
			return &following{Store: good, next: func(events []store.Event, trail *store.Trail, upto store.Place, limit int) {
				if len(events) == limit {
					trail.Next = min(trail.Next, upto)
				}
			}}
		},
	},
	"a page that is not full seems to be the last": {
		"a page of a trail ends before the message that takes it past its bytes, unless that is the first event",
		func(good store.Store) store.Store {
			return &following{Store: good, next: func(events []store.Event, trail *store.Trail, upto store.Place, limit int) {
				if len(events) < limit {
					trail.Next = upto + 1
				}
			}}
		},
	},
	"the bytes of a page of a trail are not counted": {
		"a page of a trail ends before the message that takes it past its bytes, unless that is the first event",
		func(good store.Store) store.Store {
			return &following{Store: good, bytes: func(int) int { return 1 << 30 }}
		},
	},
	"the bytes of a page of a trail are one too many": {
		"a page of a trail ends before the message that takes it past its bytes, unless that is the first event",
		func(good store.Store) store.Store {
			return &following{Store: good, bytes: func(n int) int { return n + 1 }}
		},
	},
	"a session is opened by any password": {
		"a session is not opened by a password that has been replaced",
		func(good store.Store) store.Store { return &trusting{good} },
	},
	"a page of users begins with the last of the one before": {
		"users are listed page after page",
		func(good store.Store) store.Store { return &stuttering{good} },
	},
}

func events(outcomes []store.Outcome) (all []*store.Event) {
	for i := range outcomes {
		for j := range outcomes[i].Events {
			all = append(all, &outcomes[i].Events[j])
		}
	}
	return all
}

type stopping struct{ store.Store }

func (s *stopping) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(group))
	for i := range group {
		one, err := s.Store.Commit(ctx, group[i:i+1])
		if err != nil {
			return nil, err
		}
		if outcomes[i] = one[0]; one[0].Err != nil {
			break
		}
	}
	return outcomes, nil
}

type leaking struct {
	store.Store
	owners map[string]string // of groups
}

func (s *leaking) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	for _, m := range group {
		if g, ok := m.(*store.CreateGroup); ok {
			s.owners[g.ID] = g.Creator
		}
	}
	return s.Store.Commit(ctx, group)
}

func (s *leaking) Conversation(ctx context.Context, viewer, with string) (protocol.Conversation, error) {
	c, err := s.Store.Conversation(ctx, viewer, with)
	if errors.Is(err, store.ErrNotFound) {
		return s.Store.Conversation(ctx, s.owners[with], with)
	}
	return c, err
}

type hasty struct{ store.Store }

func (s *hasty) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	if a, ok := group[0].(*store.Append); ok {
		if _, err := s.Conversation(ctx, a.Message.Sender, a.To); err != nil {
			return []store.Outcome{{Err: err}}, nil
		}
	}
	return s.Store.Commit(ctx, group)
}

type repeating struct{ store.Store }

func (s *repeating) Trails(ctx context.Context, username string, after, upto store.Place) ([]store.Trail, error) {
	return s.Store.Trails(ctx, username, max(0, after-1), upto)
}

type endless struct{ store.Store }

func (s *endless) Follow(ctx context.Context, username string, trail store.Trail, _ store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	return s.Store.Follow(ctx, username, trail, 1<<40, limit, bytes)
}

func (s *endless) Recent(ctx context.Context, username string, after, _ store.Place, limit, bytes int) ([]store.Event, bool, error) {
	return s.Store.Recent(ctx, username, after, 1<<40, limit, bytes)
}

// glossing takes what it cannot tell at once for nothing.
type glossing struct{ store.Store }

func (s *glossing) Recent(ctx context.Context, username string, after, upto store.Place, limit, bytes int) ([]store.Event, bool, error) {
	events, _, err := s.Store.Recent(ctx, username, after, upto, limit, bytes)
	return events, true, err
}

type hopeful struct{ store.Store }

func (s *hopeful) Trails(ctx context.Context, username string, after, _ store.Place) ([]store.Trail, error) {
	return s.Store.Trails(ctx, username, after, 1<<40)
}

// following changes how a page of a trail is asked for, and what comes of it.
type following struct {
	store.Store
	bytes func(int) int
	next  func(events []store.Event, trail *store.Trail, upto store.Place, limit int)
}

func (s *following) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	if s.bytes != nil {
		bytes = s.bytes(bytes)
	}
	events, trail, err := s.Store.Follow(ctx, username, trail, upto, limit, bytes)
	if s.next != nil {
		s.next(events, &trail, upto, limit)
	}
	return events, trail, err
}

type trusting struct{ store.Store }

func (s *trusting) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	for _, m := range group {
		if m, ok := m.(*store.CreateSession); ok {
			a, _ := s.Account(ctx, m.Username)
			m.PasswordHash = a.PasswordHash
		}
	}
	return s.Store.Commit(ctx, group)
}

type stuttering struct{ store.Store }

func (s *stuttering) Users(ctx context.Context, sharing, prefix, after string, limit int) ([]protocol.User, error) {
	return s.Store.Users(ctx, sharing, prefix, after[:max(0, len(after)-1)], limit)
}

// searching changes what is searched for, and what is found.
type searching struct {
	store.Store
	query func(*store.Query)
	hits  func(store.Store, string, store.Query, *store.Hits)
}

func onQuery(change func(*store.Query)) func(store.Store) store.Store {
	return func(s store.Store) store.Store { return &searching{Store: s, query: change} }
}

func onHits(change func(store.Store, string, store.Query, *store.Hits)) func(store.Store) store.Store {
	return func(s store.Store) store.Store { return &searching{Store: s, hits: change} }
}

func (s *searching) Search(ctx context.Context, viewer string, q store.Query) (store.Hits, error) {
	if s.query != nil {
		s.query(&q)
	}
	h, err := s.Store.Search(ctx, viewer, q)
	if s.hits != nil && err == nil {
		s.hits(s.Store, viewer, q, &h)
	}
	return h, err
}

// remembering finds what it has found before.
type remembering struct {
	store.Store
	found []store.Hit
}

func (s *remembering) Search(ctx context.Context, viewer string, q store.Query) (store.Hits, error) {
	h, err := s.Store.Search(ctx, viewer, q)
	for _, old := range s.found {
		same := func(now store.Hit) bool { return now.Place == old.Place }
		if _, _, found := q.Words.Match(old.Message.Body); found && !slices.ContainsFunc(h.Items, same) {
			h.Items = append(h.Items, old)
		}
	}
	s.found = slices.Clone(h.Items)
	return h, err
}

// nosy lets members see and hear each other whatever they want.
type nosy struct{ store.Store }

func (s *nosy) Seen(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error) {
	seen, err := s.Store.Seen(ctx, viewer, usernames)
	for _, name := range usernames {
		if users, _ := s.Users(ctx, viewer, name, "", 1); len(users) > 0 && users[0].Username == name {
			seen[name] = max(seen[name], 0)
		}
	}
	return seen, err
}

func (s *nosy) Hearers(ctx context.Context, viewer, with string, most int) (string, []string, error) {
	id, _, err := s.Store.Hearers(ctx, viewer, with, most)
	members, _ := s.Members(ctx, viewer, with, "", most)
	var names []string
	for _, m := range members {
		if m.Username != viewer {
			names = append(names, m.Username)
		}
	}
	return id, names, err
}
