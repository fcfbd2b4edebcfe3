package storetest_test

import (
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

var changeFaults = map[string]fault{
	"an edit does not count": {
		"an edit replaces the body, counts the version, says when, and keeps the rest",
		onMessage(func(m *protocol.Message) { m.Rev = 1 }),
	},
	"an edit takes the mentions away": {
		"an edit replaces the body, counts the version, says when, and keeps the rest",
		onMessage(func(m *protocol.Message) {
			if m.EditedAt != 0 {
				m.Mentions = nil
			}
		}),
	},
	"an edit that says the same is told": {
		"an edit that says the same changes nothing",
		onOutcome(func(_ *store.Edit, o *store.Outcome) { repeated(o) }),
	},
	"a message is edited by another": {
		"a message is edited by its sender alone",
		onOne(func(m *store.Edit) { m.Actor = "bo" }),
	},
	"a tombstone keeps the body": {
		"a deletion leaves where, when and by whom a message was sent",
		onMessage(func(m *protocol.Message) {
			if m.Deleted {
				m.Body = "other"
			}
		}),
	},
	"a tombstone keeps the client id": {
		"a deletion leaves where, when and by whom a message was sent",
		onMessage(func(m *protocol.Message) {
			if m.Deleted {
				m.ClientID = "key"
			}
		}),
	},
	"a deletion does not count": {
		"a deletion leaves where, when and by whom a message was sent",
		onMessage(func(m *protocol.Message) {
			if m.Deleted {
				m.Rev--
			}
		}),
	},
	"what a deletion took out is not told": {
		"a message is deleted by its sender, and in a group by its owner and admins",
		with(altered{outcome: func(_ store.Mutation, o *store.Outcome) { o.Gone = 0 }}),
	},
	"an admin deletes nothing of others": {
		"a message is deleted by its sender, and in a group by its owner and admins",
		with(altered{outcome: func(m store.Mutation, o *store.Outcome) {
			if d, ok := m.(*store.Delete); ok && d.Actor == "bo" && d.Seq == 2 {
				*o = store.Outcome{Err: store.ErrForbidden}
			}
		}}),
	},
	"reactions are in the order they came in": {
		"reactions are in the order of their emoji by bytes, each with its users by name",
		onMessage(func(m *protocol.Message) { slices.Reverse(m.Reactions) }),
	},
	"a reaction counts whom it names": {
		"a reaction names its first twenty users, and counts them all",
		onMessage(func(m *protocol.Message) {
			for i := range m.Reactions {
				m.Reactions[i].Count = len(m.Reactions[i].Users)
			}
		}),
	},
	"a reaction is told twice": {
		"a reaction is there once, and is taken away",
		onOutcome(func(_ *store.React, o *store.Outcome) { repeated(o) }),
	},
	"there is an emoji more than may be": {
		"there are no more different emoji than may be",
		onOne(func(m *store.React) { m.Max++ }),
	},
	"a change is told to who does not see the message": {
		"a change of a message is told to the members who see the message",
		onOutcome(func(_ *store.Edit, o *store.Outcome) {
			o.Events[0].Audience = append(slices.Clone(o.Events[0].Audience), "dan")
		}),
	},
	"a marker goes back": {
		"a read marker moves forward, to the last message at most",
		onOutcome(func(m *store.MarkRead, o *store.Outcome) {
			r := o.Value.(protocol.ReadResult)
			r.ReadSeq = min(r.ReadSeq, m.Seq)
			o.Value = r
		}),
	},
	"a marker goes beyond the end": {
		"a read marker moves forward, to the last message at most",
		onOutcome(func(m *store.MarkRead, o *store.Outcome) {
			r := o.Value.(protocol.ReadResult)
			r.ReadSeq = max(r.ReadSeq, m.Seq)
			o.Value = r
		}),
	},
	"unread counts own messages": {
		"a message of one's own moves the marker to it, which is no event",
		onConversation(func(viewer string, c *protocol.Conversation) {
			if c.LastMessage.Sender == viewer {
				c.Unread++
			}
		}),
	},
	"unread counts tombstones": {
		"unread are the messages of others after the marker that are not deleted",
		onConversation(func(_ string, c *protocol.Conversation) {
			if c.LastMessage.Deleted && c.ReadSeq < c.LastSeq {
				c.Unread++
			}
		}),
	},
	"unread is wrong now and then": {
		"unread is what a count by hand says, whatever is done",
		onHome(func(_ store.HomePage, h *store.Home) {
			for i := range h.Items {
				c := &h.Items[i].Conversation
				c.Unread = max(0, c.Unread-c.ReadSeq/5)
			}
		}),
	},
	"who joins has read nothing": {
		"who joins has read all that is there, also where it is to be seen",
		onConversation(func(_ string, c *protocol.Conversation) {
			if c.History && c.Unread == 0 {
				c.Unread = c.LastSeq
			}
		}),
	},
	"mentions stay when they are deleted": {
		"mentions of a member by others count until they are read or deleted",
		func(good store.Store) store.Store {
			most := map[string]int64{}
			return with(altered{conversation: func(viewer string, c *protocol.Conversation) {
				most[viewer] = max(most[viewer], c.Mentions)
				c.Mentions = most[viewer]
			}})(good)
		},
	},
	"how far others have read is not shown": {
		"how far a member has read is told to all members of a small conversation",
		with(altered{members: func(viewer string, page []protocol.Member) {
			for i := range page {
				if page[i].Username != viewer {
					page[i].ReadSeq = 0
				}
			}
		}}),
	},
	"how far one has read is told whatever the privacy": {
		"how far a member has read is told to nobody else if their privacy says so",
		onOne(func(m *store.SetPrivacy) { m.Receipts = nil }),
	},
	"preferences are told to others": {
		"preferences are their user's own, and told to no other",
		onOutcome(func(_ *store.SetPreferences, o *store.Outcome) { o.Events[0].Audience = []string{"ana", "bo"} }),
	},
	"a preference that is not given is taken away": {
		"preferences are their user's own, and told to no other",
		onOne(func(m *store.SetPreferences) {
			if m.Muted == nil {
				m.Muted = new(bool)
			}
		}),
	},
}

// repeated makes a change of what changed nothing.
func repeated(o *store.Outcome) {
	if msg, ok := o.Value.(protocol.Message); ok && len(o.Events) == 0 {
		o.Events = []store.Event{{Message: &msg, Updated: true}}
	}
}
