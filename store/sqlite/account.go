package sqlite

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

func (w *writer) createUser(m *store.CreateUser) (store.Outcome, error) {
	n, err := w.exec(insertAccount, m.User.Username, m.User.DisplayName, m.User.Status, m.PasswordHash, int64(m.At))
	if err != nil {
		return store.Outcome{}, err
	}
	if n == 0 {
		return refused(store.ErrExists)
	}
	return store.Outcome{Value: m.User}, nil
}

func (w *writer) setPassword(m *store.SetPassword) (store.Outcome, error) {
	n, err := w.exec(replacePassword, m.NewHash, m.Username, m.OldHash)
	if err != nil {
		return store.Outcome{}, err
	}
	if n == 0 {
		return refused(store.ErrChanged)
	}
	ended, err := w.endSessions(m.Username, func(s protocol.Session) bool { return s.Session != m.Keep })
	return store.Outcome{Ended: ended}, err
}

func (w *writer) setProfile(m *store.SetProfile) (store.Outcome, error) {
	n, err := w.exec(updateProfile, m.DisplayName, m.Status, m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	if n == 0 {
		return refused(store.ErrNoUser)
	}
	a, err := w.account(m.Username)
	if err != nil {
		return store.Outcome{}, err
	}
	return store.Outcome{Value: a.User}, nil
}

func (w *writer) userExists(username string) (bool, error) {
	a, err := w.account(username)
	return a != nil, err
}

// account returns an account, nil when there is none.
func (c *conn) account(username string) (*store.Account, error) {
	var a store.Account
	found, err := c.get(scan{&a.Username, &a.DisplayName, &a.Status, &a.PasswordHash}, getAccount, username)
	if err != nil || !found {
		return nil, err
	}
	return &a, nil
}

// Account returns the account with a name.
func (s *Store) Account(ctx context.Context, username string) (found store.Account, err error) {
	err = s.readers.read(ctx, func(c *conn) error {
		a, err := c.account(username)
		if err != nil {
			return err
		}
		if a == nil {
			return store.ErrNotFound
		}
		found = *a
		return nil
	})
	return found, err
}

// Privacy returns a user's privacy.
func (s *Store) Privacy(ctx context.Context, username string) (p protocol.Privacy, err error) {
	err = s.readers.read(ctx, func(c *conn) (err error) {
		p, err = c.privacy(username)
		return err
	})
	return p, err
}

// Blocked returns a page of those whom a user blocks.
func (s *Store) Blocked(ctx context.Context, username, after string, limit int) (users []protocol.User, err error) {
	err = s.readers.read(ctx, func(c *conn) (err error) {
		users, err = c.users(listBlocked, username, after, limit)
		return err
	})
	return users, err
}
