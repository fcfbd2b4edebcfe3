package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/store"
)

// sessionsMax is how many sessions a user may have. Beyond it the ones that
// have not been seen for the longest time are ended, of those not connected.
const sessionsMax = 100

func (a *API) sessionMethods() []row {
	return []row{
		query(protocol.Login, a.login),
		query(protocol.Logout, a.logout),
		query(protocol.Sessions, a.sessions),
		command(protocol.Revoke, a.revoke, nothing),
	}
}

var errCredentials = protocol.Errorf(protocol.Unauthenticated, "unknown name, wrong password, or not a token that is good")

func (a *API) login(ctx context.Context, s *Session, p protocol.LoginParams) (protocol.LoginResult, error) {
	if s.subscriber != nil && p.Token == "" && p.Username != s.username {
		return protocol.LoginResult{}, errSomebodyElse
	}
	from := s.out.RemoteAddr()
	if err := a.attempts.check(from, a.Now()); err != nil {
		return protocol.LoginResult{}, err
	}
	token := newToken()
	user, err := a.authenticate(ctx, s, p, token)
	if errors.Is(err, errCredentials) {
		a.attempts.count(from, a.Now())
	}
	if err != nil {
		return protocol.LoginResult{}, err
	}
	if s.rate == nil {
		s.rate = a.rates.join(s.username, &a.Limits)
	}
	s.out.Admit(a.Limits.Frame)
	return protocol.LoginResult{
		User:     user,
		Session:  s.id,
		Token:    token,
		Protocol: protocol.Version,
		Server:   a.Server,
		Epoch:    a.epoch,
		Cursor:   s.subscriber.Cursor(),
		Limits:   a.Limits,
	}, nil
}

var errSomebodyElse = protocol.Errorf(protocol.Conflict, "this connection is logged in as somebody else")

// authenticate finds out who somebody is, and makes the connection theirs, by
// a session whose next token is token.
func (a *API) authenticate(ctx context.Context, s *Session, p protocol.LoginParams, token string) (protocol.User, error) {
	if p.Token != "" {
		return s.exchange(p, token)
	}
	account, err := a.store.Account(ctx, p.Username)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return protocol.User{}, err
	}
	known := err == nil
	if p.Password == "" {
		known = known && a.NameLogin && account.PasswordHash == ""
	} else if known, err = a.hashes.verify(ctx, p.Password, account.PasswordHash); err != nil {
		return protocol.User{}, err
	}
	if !known {
		return protocol.User{}, errCredentials
	}
	return account.User, s.open(p, account, token)
}

// open opens a session for an account whose credentials were right.
func (s *Session) open(p protocol.LoginParams, account store.Account, token string) error {
	a := s.api
	id := random("s:", 16)
	_, err := s.do(&store.CreateSession{
		ID:           id,
		Username:     account.Username,
		Device:       p.Device,
		Token:        sha256.Sum256([]byte(token)),
		At:           a.now(),
		Max:          sessionsMax,
		Oldest:       a.oldest(),
		Present:      a.hub.Sessions(account.Username),
		PasswordHash: account.PasswordHash,
	}, func(store.Outcome) error { return s.join(account.Username, id) })
	switch {
	case errors.Is(err, store.ErrChanged), errors.Is(err, store.ErrNoUser):
		return errCredentials
	case errors.Is(err, hub.ErrTooMany):
		s.do(&store.EndSession{Username: account.Username, ID: id}, func(store.Outcome) error { return nil })
	}
	return err
}

// exchange goes on with the session of a token.
func (s *Session) exchange(p protocol.LoginParams, token string) (protocol.User, error) {
	o, err := s.do(&store.ExchangeToken{
		Old:    sha256.Sum256([]byte(p.Token)),
		New:    sha256.Sum256([]byte(token)),
		Device: p.Device,
		At:     s.api.now(),
		Oldest: s.api.oldest(),
	}, func(o store.Outcome) error {
		owner := o.Value.(store.SessionOwner)
		return s.join(owner.User.Username, owner.Session.Session)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errCredentials
	}
	if err != nil {
		return protocol.User{}, err
	}
	return o.Value.(store.SessionOwner).User, nil
}

// join makes the connection act for a user's session. It is called at the
// place of the login in the log, so that whatever ends the session later finds
// the connection.
func (s *Session) join(username, session string) (err error) {
	if s.subscriber == nil {
		if s.subscriber, err = s.api.hub.Join(username, session, s.out); err == nil {
			s.username, s.id = username, session
		}
		return err
	}
	if username != s.username {
		return errSomebodyElse
	}
	s.subscriber.Rebind(session)
	s.id = session
	return nil
}

func (a *API) logout(_ context.Context, s *Session, _ protocol.Empty) (protocol.Empty, error) {
	_, err := s.do(&store.EndSession{Username: s.username, ID: s.id}, func(store.Outcome) error { return nil })
	if err == nil || errors.Is(err, store.ErrNotFound) {
		s.forget()
		s.out.Dismiss()
		return protocol.Empty{}, nil
	}
	return protocol.Empty{}, err
}

func (a *API) sessions(ctx context.Context, s *Session, _ protocol.Empty) (protocol.SessionsResult, error) {
	sessions, err := a.store.Sessions(ctx, s.username)
	for i := range sessions {
		session := &sessions[i]
		session.Current = session.Session == s.id
		if a.hub.Present(session.Session) {
			session.LastSeenAt = a.now()
		}
	}
	return protocol.SessionsResult{Sessions: sessions}, err
}

func (a *API) revoke(_ context.Context, s *Session, p protocol.RevokeParams) (store.Mutation, error) {
	return &store.EndSession{Username: s.username, ID: p.Session}, nil
}

// oldest is when a session that lasts must have been seen.
func (a *API) oldest() protocol.Time { return protocol.TimeOf(a.Now().Add(-a.SessionTTL)) }

// seen notes that a session is, or was just now, connected. Nobody waits for
// it, and while the server ends it may not be noted.
func (a *API) seen(session string) {
	_ = a.journal.Submit(&note{&store.SeeSession{ID: session, At: a.now()}})
}

// KeepSeen notes, until ctx ends, that sessions which stay connected are seen,
// so that they do not end by age.
func (a *API) KeepSeen(ctx context.Context) {
	ticker := time.NewTicker(a.SessionTTL / 8)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, session := range a.hub.AllSessions() {
				a.seen(session)
			}
		}
	}
}

// note is an entry of the journal whose outcome nobody asks for.
type note struct{ mutation store.Mutation }

func (n *note) Mutation() store.Mutation { return n.mutation }
func (n *note) Answer(store.Outcome)     {}
func (n *note) Settled()                 {}

// newToken makes a session's token, of 256 random bits.
func newToken() string { return random("t:", 32) }

// random returns a prefix and n random bytes, at most 32, in base64url.
func random(prefix string, n int) string {
	var bytes [32]byte
	rand.Read(bytes[:n])
	var text [64]byte
	return string(base64.RawURLEncoding.AppendEncode(append(text[:0], prefix...), bytes[:n]))
}
