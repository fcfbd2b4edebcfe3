package api

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) groupMethods() []row {
	return []row{
		change(protocol.Invite, invite, conversation),
		command(protocol.Remove, a.remove, conversation),
		change(protocol.Leave, leave, nothing),
		change(protocol.Rename, rename, conversation),
		change(protocol.SetRole, setRole, conversation),
		change(protocol.SetState, setState, conversation),
	}
}

func invite(s *Session, p protocol.MemberParams) store.Mutation {
	return &store.AddMember{Actor: s.username, With: p.With, Username: p.Username,
		At: s.api.now(), Max: s.api.Limits.Members}
}

func (a *API) remove(_ context.Context, s *Session, p protocol.MemberParams) (store.Mutation, error) {
	if p.Username == s.username {
		return nil, protocol.InvalidParam("username", "param \"username\" must be somebody else; leave ends one's own membership")
	}
	if err := s.rate.allowNext(a.Now(), 1, changes); err != nil {
		return nil, err
	}
	return &store.RemoveMember{Actor: s.username, With: p.With, Username: p.Username, At: a.now()}, nil
}

func leave(s *Session, p protocol.WithParams) store.Mutation {
	return &store.RemoveMember{Actor: s.username, With: p.With, Username: s.username, At: s.api.now()}
}

func rename(s *Session, p protocol.RenameParams) store.Mutation {
	return &store.Rename{Actor: s.username, With: p.With, Name: p.Name}
}

func setRole(s *Session, p protocol.SetRoleParams) store.Mutation {
	return &store.SetRole{Actor: s.username, With: p.With, Username: p.Username, Role: p.Role}
}

func setState(s *Session, p protocol.SetStateParams) store.Mutation {
	return &store.SetState{Actor: s.username, With: p.With, State: p.State}
}
