package api

import (
	"context"
	"crypto/subtle"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) accountMethods() []row {
	return []row{
		command(protocol.Register, a.register, user),
		command(protocol.SetPassword, a.setPassword, nothing),
		query(protocol.Users, a.users),
		change(protocol.SetProfile, setProfile, user),
	}
}

// nothing is the result of a command that answers only that it succeeded.
func nothing(*Session, store.Outcome) protocol.Empty { return protocol.Empty{} }

func (a *API) register(ctx context.Context, s *Session, p protocol.RegisterParams) (store.Mutation, error) {
	from, now := s.out.RemoteAddr(), a.Now()
	if err := a.attempts.check(from, now); err != nil {
		return nil, err
	}
	a.attempts.count(from, now)
	if err := a.mayRegister(p.Invitation); err != nil {
		return nil, err
	}
	if p.Password == "" && !a.NameLogin {
		return nil, protocol.InvalidParam("password", "this server asks for a password")
	}
	m := &store.CreateUser{User: protocol.User{Username: p.Username, DisplayName: p.DisplayName}, At: a.now()}
	if p.Password != "" {
		hash, err := a.hashes.hash(ctx, p.Password)
		if err != nil {
			return nil, err
		}
		m.PasswordHash = hash
	}
	return m, nil
}

func (a *API) mayRegister(invitation string) error {
	switch a.Registration {
	case protocol.RegistrationOpen:
		return nil
	case protocol.RegistrationInvitation:
		if subtle.ConstantTimeCompare([]byte(invitation), []byte(a.Invitation)) == 1 {
			return nil
		}
		return protocol.Errorf(protocol.Forbidden, "registration is by invitation, and this is not the code")
	}
	return protocol.Errorf(protocol.Forbidden, "registration is closed")
}

func setProfile(s *Session, p protocol.SetProfileParams) store.Mutation {
	return &store.SetProfile{Username: s.username, DisplayName: p.DisplayName, Status: p.Status}
}

// user is the result of commands whose outcome is one.
func user(_ *Session, o store.Outcome) protocol.UserResult {
	return protocol.UserResult{User: o.Value.(protocol.User)}
}

func (a *API) setPassword(ctx context.Context, s *Session, p protocol.SetPasswordParams) (store.Mutation, error) {
	s.Settle() // so that it sees a password set just before
	account, err := a.store.Account(ctx, s.username)
	if err != nil {
		return nil, err
	}
	if account.PasswordHash != "" {
		ok, err := a.hashes.verify(ctx, p.Old, account.PasswordHash)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &protocol.Error{Kind: protocol.Unauthenticated, Message: "the old password is wrong", Pointer: "/old"}
		}
	}
	hash, err := a.hashes.hash(ctx, p.New)
	if err != nil {
		return nil, err
	}
	return &store.SetPassword{Username: s.username, OldHash: account.PasswordHash, NewHash: hash, Keep: s.id}, nil
}

func (a *API) users(ctx context.Context, s *Session, p protocol.UsersParams) (r protocol.UsersResult, err error) {
	after, err := pageKey(p.Page)
	if err != nil {
		return r, err
	}
	var users []protocol.User
	switch a.Directory {
	case protocol.DirectoryEverybody:
		users, err = a.store.Users(ctx, "", p.Prefix, after, *p.Limit+1)
	case protocol.DirectoryShared:
		users, err = a.store.Users(ctx, s.username, p.Prefix, after, *p.Limit+1)
	case protocol.DirectoryNobody:
		users = []protocol.User{}
	}
	var more bool
	r.Users, more = cutPage(users, *p.Limit, a.Limits.PageBytes)
	if more {
		r.Next = pageToken(r.Users[len(r.Users)-1].Username)
	}
	return r, err
}
