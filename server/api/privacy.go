package api

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) privacyMethods() []row {
	return []row{
		query(protocol.PrivacyOf, a.privacy),
		change(protocol.SetPrivacy, setPrivacy, privacySet),
		change(protocol.Block, block, nothing),
		change(protocol.Unblock, unblock, nothing),
		query(protocol.Blocked, a.blocked),
	}
}

func (a *API) privacy(ctx context.Context, s *Session, _ protocol.Empty) (protocol.PrivacyResult, error) {
	privacy, err := a.store.Privacy(ctx, s.username)
	return protocol.PrivacyResult{Privacy: privacy}, err
}

func setPrivacy(s *Session, p protocol.SetPrivacyParams) store.Mutation {
	return &store.SetPrivacy{Username: s.username, Contact: p.Contact, Receipts: p.Receipts, Presence: p.Presence}
}

func privacySet(_ *Session, o store.Outcome) protocol.PrivacyResult {
	return protocol.PrivacyResult{Privacy: o.Value.(protocol.Privacy)}
}

func block(s *Session, p protocol.BlockParams) store.Mutation { return blocking(s, p, false) }

func unblock(s *Session, p protocol.BlockParams) store.Mutation { return blocking(s, p, true) }

func blocking(s *Session, p protocol.BlockParams, remove bool) store.Mutation {
	return &store.Block{Username: s.username, Other: p.Username, Remove: remove, Max: s.api.Limits.Blocked}
}

// judgeAgain makes what has changed count for presence too, before it is
// answered.
func (a *API) judgeAgain(m store.Mutation) {
	switch m := m.(type) {
	case *store.Block:
		a.hub.JudgeAgain(m.Username)
	case *store.SetPrivacy:
		a.hub.JudgeAgain(m.Username)
	}
}

// blocked tells names alone where the directory is not open to everybody: who
// may not look a user up does not learn of them by blocking them.
func (a *API) blocked(ctx context.Context, s *Session, p protocol.BlockedParams) (r protocol.BlockedResult, err error) {
	after, err := pageKey(p.Page)
	if err != nil {
		return r, err
	}
	users, err := a.store.Blocked(ctx, s.username, after, *p.Limit+1)
	if a.Directory != protocol.DirectoryEverybody {
		for i := range users {
			users[i] = protocol.User{Username: users[i].Username}
		}
	}
	var more bool
	r.Users, more = cutPage(users, *p.Limit, a.Limits.PageBytes)
	if more {
		r.Next = pageToken(r.Users[len(r.Users)-1].Username)
	}
	return r, err
}
