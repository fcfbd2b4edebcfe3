package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"asappchat/protocol"
)

// stage is one run: the server, and the users that are made for it.
type stage struct {
	options Options
	info    protocol.ServerInfoResult
	stem    string // of the usernames
	report  *Report
	watcher watcher

	mu       sync.Mutex
	refusals []Refusal // while users were made
}

// user is an account of the run.
type user struct {
	name, password string
	token          string // of the last login
}

// newStage asks the server what it is, and makes sure that it lets users in.
func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{options: o, stem: "load-" + strings.ToLower(rand.Text()[:8]) + "-"}
	c, err := dial(ctx, o.URL, o.TLS)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, c.Close)()
	if err := c.Call(protocol.ServerInfo.Name, protocol.Empty{}, &s.info); err != nil {
		return nil, err
	}
	a := s.info.Authentication
	switch {
	case a.Registration == protocol.RegistrationClosed:
		return nil, protocol.Errorf(protocol.Forbidden, "the load opens accounts of its own, and the server's registration is closed")
	case a.Registration == protocol.RegistrationInvitation && o.Invitation == "":
		return nil, protocol.Errorf(protocol.Forbidden, "the load opens accounts of its own, and the server wants an invitation code for that")
	case !a.Name && !a.Password:
		return nil, protocol.Errorf(protocol.Forbidden, "the server offers login neither by name nor by password to new accounts")
	}
	return s, nil
}

// users makes n users, who have no account yet.
func (s *stage) users(n int) []*user {
	users := make([]*user, n)
	for i, name := range Usernames(s.stem, n) {
		users[i] = &user{name: name}
		if !s.info.Authentication.Name {
			users[i].password = rand.Text()
		}
	}
	return users
}

// connect opens an account for each user and a connection, logged in, and
// subscribed if wanted.
func (s *stage) connect(ctx context.Context, users []*user, subscribe bool) ([]*Conn, error) {
	opened := s.watcher.counting("opening accounts", len(users))
	return connect(ctx, len(users), func(ctx context.Context, i int) (*Conn, error) {
		c, err := s.admit(ctx, users[i], subscribe)
		opened.Add(1)
		return c, err
	})
}

// admit connects a user, who has an account when there is a token.
func (s *stage) admit(ctx context.Context, u *user, subscribe bool) (*Conn, error) {
	c, err := dial(ctx, s.options.URL, s.options.TLS)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, c.Close)
	defer stop()
	if u.token == "" {
		err = s.call(ctx, c, protocol.Register.Name, protocol.RegisterParams{
			Username: u.name, Password: u.password, Invitation: s.options.Invitation,
		}, nil)
	}
	if err == nil {
		err = s.login(ctx, c, u)
	}
	if err == nil && subscribe {
		err = s.call(ctx, c, protocol.Subscribe.Name, protocol.SubscribeParams{}, nil)
	}
	if err != nil {
		c.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	return c, nil
}

// login logs in by token if there is one, else by name, with the password if
// there is one.
func (s *stage) login(ctx context.Context, c *Conn, u *user) error {
	params := protocol.LoginParams{Token: u.token, Device: "chat load"}
	if u.token == "" {
		params.Username, params.Password = u.name, u.password
	}
	var result protocol.LoginResult
	err := s.call(ctx, c, protocol.Login.Name, params, &result)
	if err == nil {
		u.token = result.Token
	}
	return err
}

// call calls a method, again and again as long as the server asks to come back
// later.
func (s *stage) call(ctx context.Context, c *Conn, method string, params, result any) error {
	for {
		err := c.Call(method, params, result)
		wait, again := s.later(err)
		if !again {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error { return wait(ctx, d, nil) }

// later notes a refusal, and says how long to wait before the call is repeated,
// if it may be.
func (s *stage) later(err error) (wait time.Duration, again bool) {
	var refused *protocol.Error
	if !errors.As(err, &refused) {
		return 0, false
	}
	if refused.Kind != protocol.RateLimited && refused.Kind != protocol.Unavailable {
		return 0, false
	}
	s.mu.Lock()
	s.refusals = addRefusals(s.refusals, []Refusal{refusalOf(refused)})
	s.mu.Unlock()
	wait = max(refused.RetryAfter, leastRetry)
	return wait + mathrand.N(wait/4), true // not all at once
}

// group makes a group of users, the first of whom has the connection.
func (s *stage) group(ctx context.Context, c *Conn, members []*user) (id string, err error) {
	defer context.AfterFunc(ctx, c.Close)()
	names := make([]string, len(members))
	for i, u := range members {
		names[i] = u.name
	}
	if most := s.info.Limits.Members; most > 0 && len(names) > most {
		return "", &protocol.Error{Kind: protocol.TooLarge, Message: fmt.Sprintf("the server takes groups of %d members at most", most)}
	}
	var made protocol.ConversationResult
	err = s.call(ctx, c, protocol.Create.Name, protocol.CreateParams{Name: "load", Members: names[1:]}, &made)
	return made.Conversation.ID, err
}
