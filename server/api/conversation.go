package api

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) conversationMethods() []row {
	return []row{
		command(protocol.Create, a.create, conversation),
		query(protocol.Members, a.members),
	}
}

// conversation is the result of commands whose outcome is one.
func conversation(_ *Session, o store.Outcome) protocol.ConversationResult {
	return protocol.ConversationResult{Conversation: o.Value.(protocol.Conversation)}
}

func newConversationID() string { return random("c:", 16) }

// membersPerMessage is how many members of a new group count as much against
// the rate of sending as a message: what they cost the store is about that.
const membersPerMessage = 4

func (a *API) create(_ context.Context, s *Session, p protocol.CreateParams) (store.Mutation, error) {
	members := slices.Clone(p.Members)
	slices.Sort(members)
	members = slices.DeleteFunc(slices.Compact(members), func(m string) bool { return m == s.username })
	if len(members) >= a.Limits.Members {
		return nil, store.ErrTooMany
	}
	if err := s.rate.allowNext(a.Now(), 1+len(members)/membersPerMessage, changes); err != nil {
		return nil, err
	}
	return &store.CreateGroup{ID: newConversationID(), Creator: s.username, Name: p.Name, Members: members,
		History: p.History, At: a.now()}, nil
}

func (a *API) members(ctx context.Context, s *Session, p protocol.MembersParams) (r protocol.MembersResult, err error) {
	after, err := pageKey(p.Page)
	if err != nil {
		return r, err
	}
	members, err := a.store.Members(ctx, s.username, p.With, after, *p.Limit+1)
	var more bool
	r.Members, more = cutPage(members, *p.Limit, a.Limits.PageBytes)
	if more {
		r.Next = pageToken(r.Members[len(r.Members)-1].Username)
	}
	return r, err
}
