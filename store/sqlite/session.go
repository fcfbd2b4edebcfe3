package sqlite

import (
	"cmp"
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// tokensKept is how many tokens of a session are remembered, the one that was
// used last aside.
const tokensKept = 256

func (w *writer) createSession(m *store.CreateSession) (store.Outcome, error) {
	account, err := w.account(m.Username)
	switch {
	case err != nil:
		return store.Outcome{}, err
	case account == nil:
		return refused(store.ErrNoUser)
	case account.PasswordHash != m.PasswordHash:
		return refused(store.ErrChanged)
	}
	ended, err := w.makeRoom(m)
	if err != nil {
		return store.Outcome{}, err
	}
	if _, err := w.exec(insertSession, m.ID, m.Username, m.Device, int64(m.At)); err != nil {
		return store.Outcome{}, err
	}
	if err := w.giveToken(m.Token, m.ID, 0, 0); err != nil {
		return store.Outcome{}, err
	}
	session := protocol.Session{Session: m.ID, Device: m.Device, CreatedAt: m.At, LastSeenAt: m.At}
	return store.Outcome{Value: session, Ended: ended}, nil
}

// makeRoom ends the sessions that a new one does not leave a place for.
func (w *writer) makeRoom(m *store.CreateSession) (ended []string, err error) {
	sessions, err := w.sessions(m.Username)
	if err != nil {
		return nil, err
	}
	all := len(sessions)
	sessions = slices.DeleteFunc(sessions, func(s protocol.Session) bool { return slices.Contains(m.Present, s.Session) })
	slices.SortStableFunc(sessions, func(a, b protocol.Session) int { return cmp.Compare(a.LastSeenAt, b.LastSeenAt) })
	excess := all + 1 - m.Max
	for i, s := range sessions {
		if i >= excess && s.LastSeenAt >= m.Oldest {
			break
		}
		if _, err := w.exec(deleteSession, s.Session, m.Username); err != nil {
			return nil, err
		}
		ended = append(ended, s.Session)
	}
	return ended, nil
}

func (w *writer) giveToken(hash store.TokenHash, session string, number, parent int64) error {
	_, err := w.exec(insertToken, hash[:], session, number, parent)
	return err
}

// token is one of a session's tokens, together with the session and its user.
type token struct {
	session        protocol.Session
	user           protocol.User
	number, parent int64
	used, given    int64
}

// good says whether the token is the one used last, or was given out for it.
func (t *token) good() bool { return t.number == t.used || t.parent == t.used }

// token returns nil when there is none with this hash.
func (w *writer) token(hash store.TokenHash) (*token, error) {
	var t token
	s := &t.session
	found, err := w.get(scan{
		&s.Session, &t.number, &t.parent, &s.Device, &s.CreatedAt, &s.LastSeenAt, &t.used, &t.given,
		&t.user.Username, &t.user.DisplayName, &t.user.Status,
	}, getToken, hash[:])
	if err != nil || !found {
		return nil, err
	}
	return &t, nil
}

func (w *writer) exchangeToken(m *store.ExchangeToken) (store.Outcome, error) {
	t, err := w.token(m.Old)
	switch {
	case err != nil:
		return store.Outcome{}, err
	case t == nil:
		return refused(store.ErrNotFound)
	case t.session.LastSeenAt < m.Oldest:
		return w.endBecause(t, store.ErrNotFound)
	case !t.good():
		return w.endBecause(t, store.ErrTokenReused)
	}
	t.session.Device = cmp.Or(m.Device, t.session.Device)
	t.session.LastSeenAt = m.At
	t.given++
	if err := w.replaceToken(t, m.New); err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Value: store.SessionOwner{Session: t.session, User: t.user}}, nil
}

// replaceToken makes a token the one used last, and gives out another for it.
func (w *writer) replaceToken(t *token, hash store.TokenHash) error {
	s := &t.session
	if _, err := w.exec(useSession, s.Device, int64(s.LastSeenAt), t.number, t.given, s.Session); err != nil {
		return err
	}
	if err := w.giveToken(hash, s.Session, t.given, t.number); err != nil || t.given < tokensKept {
		return err
	}
	_, err := w.exec(deleteTokens, s.Session, t.given-tokensKept, t.number)
	return err
}

// endBecause ends the session of a token that is refused.
func (w *writer) endBecause(t *token, reason error) (store.Outcome, error) {
	err := changedOne(w.exec(deleteSession, t.session.Session, t.user.Username))
	return store.Outcome{Err: reason, Ended: []string{t.session.Session}}, err
}

func (w *writer) seeSession(m *store.SeeSession) (store.Outcome, error) {
	_, err := w.exec(seeSession, int64(m.At), m.ID)
	return store.Outcome{}, err
}

func (w *writer) endSession(m *store.EndSession) (store.Outcome, error) {
	n, err := w.exec(deleteSession, m.ID, m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	if n == 0 {
		return refused(store.ErrNotFound)
	}
	return store.Outcome{Ended: []string{m.ID}}, nil
}

// endSessions ends some of a user's sessions, and returns their ids.
func (w *writer) endSessions(username string, which func(protocol.Session) bool) (ended []string, err error) {
	sessions, err := w.sessions(username)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if !which(s) {
			continue
		}
		if _, err := w.exec(deleteSession, s.Session, username); err != nil {
			return nil, err
		}
		ended = append(ended, s.Session)
	}
	return ended, nil
}

// sessions lists a user's sessions, oldest first.
func (c *conn) sessions(username string) (sessions []protocol.Session, err error) {
	var s protocol.Session
	for err := range c.each(scan{&s.Session, &s.Device, &s.CreatedAt, &s.LastSeenAt}, listSessions, username) {
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s)
	}
	return sessions, nil
}

// Sessions lists a user's sessions, oldest first.
func (s *Store) Sessions(ctx context.Context, username string) (sessions []protocol.Session, err error) {
	err = s.readers.read(ctx, func(c *conn) (err error) {
		sessions, err = c.sessions(username)
		return err
	})
	return sessions, err
}
