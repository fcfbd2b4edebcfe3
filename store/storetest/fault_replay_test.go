package storetest_test

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

var replayFaults = map[string]fault{
	"an edited message comes twice": {
		"a message that was sent in the window comes there once, as it is now",
		onFollow(func(_ string, events []store.Event) (all []store.Event) {
			for _, e := range events {
				all = append(all, e)
				if e.Message != nil && e.Message.EditedAt != 0 && !e.Updated {
					all = append(all, store.Event{Place: e.Place + 2, Message: e.Message, Updated: true})
				}
			}
			return all
		}),
	},
	"a message comes as it was sent": {
		"a message that was sent in the window comes there once, as it is now",
		onFollow(func(_ string, events []store.Event) []store.Event {
			for i, e := range events {
				if e.Message != nil && !e.Updated {
					first := *e.Message
					first.Rev = 1
					events[i].Message = &first
				}
			}
			return events
		}),
	},
	"changes of what was sent before are lost": {
		"a message that was sent before comes where it was last changed",
		onFollow(func(_ string, events []store.Event) []store.Event {
			return slices.DeleteFunc(events, func(e store.Event) bool { return e.Updated })
		}),
	},
	"a changed message comes as a new one": {
		"a message that was sent before comes where it was last changed",
		onFollow(func(_ string, events []store.Event) []store.Event {
			for i := range events {
				events[i].Updated = false
			}
			return events
		}),
	},
	"the window begins where the page does": {
		"a message that was sent in the window comes there once, as it is now",
		func(good store.Store) store.Store { return &forgetful{good} },
	},
	"markers are not caught up with": {
		"a marker comes once, as it is now, to those who are told",
		onFollow(func(_ string, events []store.Event) []store.Event {
			return slices.DeleteFunc(events, func(e store.Event) bool { return e.Read != nil })
		}),
	},
	"names are not caught up with": {
		"a name, a role, a state and preferences come once, as they are now",
		onFollow(func(_ string, events []store.Event) []store.Event {
			return slices.DeleteFunc(events, func(e store.Event) bool {
				return e.Conversation != nil && e.Conversation.Change == protocol.Renamed
			})
		}),
	},
	"who has left is told a name of later": {
		"who has left is not told what a group is called since",
		onFollow(func(_ string, events []store.Event) []store.Event {
			for _, e := range events {
				if e.Conversation != nil && e.Conversation.Name == "" {
					e.Conversation.Name = "secret"
				}
			}
			return events
		}),
	},
	"a message is missing after a home": {
		"from a home at a place, catching up leaves no hole, and nothing comes twice",
		onFollow(func(_ string, events []store.Event) []store.Event {
			return slices.DeleteFunc(events, func(e store.Event) bool { return e.Message != nil && e.Message.Seq%3 == 0 })
		}),
	},
	"a change is missing after a home": {
		"from a home at a place, catching up leaves no hole, and nothing comes twice",
		func(good store.Store) store.Store { return &shortsighted{good} },
	},
	"somebody's role is read wrong": {
		"all that can be read is what the plain model says",
		with(altered{members: func(_ string, page []protocol.Member) {
			for i := range page {
				if page[i].Role == protocol.Admin {
					page[i].Role = protocol.Plain
				}
			}
		}}),
	},
}

// forgetful does not know where a trail began.
type forgetful struct{ store.Store }

func (s *forgetful) Follow(ctx context.Context, username string, trail store.Trail, upto store.Place, limit, bytes int) ([]store.Event, store.Trail, error) {
	trail.After = trail.Next - 1
	return s.Store.Follow(ctx, username, trail, upto, limit, bytes)
}

// shortsighted leads to conversations with new messages alone.
type shortsighted struct{ store.Store }

func (s *shortsighted) Trails(ctx context.Context, username string, after, upto store.Place) (kept []store.Trail, err error) {
	trails, err := s.Store.Trails(ctx, username, after, upto)
	for _, trail := range trails {
		events, _, err := s.Store.Follow(ctx, username, trail, upto, 1<<20, 1<<20)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(events, func(e store.Event) bool { return !e.Updated }) {
			kept = append(kept, trail)
		}
	}
	return kept, err
}
