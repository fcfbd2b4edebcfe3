package chatclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// ErrVersion says that the server speaks another version of the protocol.
var ErrVersion = errors.New("chatclient: the server speaks another version of the protocol")

// comeBack makes a new connection after err ended the last one. away is the
// time that the server asked to stay away. The error is final.
func (c *Client) comeBack(ctx context.Context, err error, away time.Duration) (*link, error) {
	for {
		if ctx.Err() != nil {
			return nil, ErrClosed
		}
		if c.final(err) {
			return nil, err
		}
		why := err
		c.trouble.Store(&why)
		if !c.rest(ctx, err, away) {
			return nil, ErrClosed
		}
		away = 0
		var l *link
		if l, err = c.open(ctx); err == nil {
			c.trouble.Store(nil)
			return l, nil
		}
	}
}

// final says whether there is no coming back after err.
func (c *Client) final(err error) bool {
	var closed *CloseError
	if errors.As(err, &closed) {
		switch closed.Code {
		case protocol.CloseRevoked, protocol.CloseAbuse:
			return true
		case protocol.CloseExpired:
			c.token = ""
			return c.options.Username == ""
		}
		return false
	}
	var refused *protocol.Error
	if errors.As(err, &refused) {
		return !refused.Retryable()
	}
	return errors.Is(err, ErrVersion)
}

// rest waits before the next attempt. It returns false when the client was
// closed meanwhile.
func (c *Client) rest(ctx context.Context, err error, away time.Duration) bool {
	var closed *CloseError
	if errors.As(err, &closed) && closed.Code == protocol.CloseIdle && !c.awaitWork(ctx) {
		return false
	}
	delay := away
	if delay == 0 {
		delay = c.options.Backoff.delayAfter(err, c.failures)
	}
	c.failures++
	c.options.OnRetry(err, delay)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// awaitWork waits until there is a reason to have a connection.
func (c *Client) awaitWork(ctx context.Context) bool {
	for {
		if subscribe, _, _ := c.inbox.due(); subscribe || c.outbox.waiting() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-c.wake:
		}
	}
}

// open makes a connection and logs in.
func (c *Client) open(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.AnswerTimeout)
	defer cancel()
	l, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.logIn(ctx, l); err != nil {
		l.fail(err)
		l.end(err)
		return nil, err
	}
	return l, nil
}

// logIn logs in by token, or by name where that is given and the token, if
// there is one, is not good any more.
func (c *Client) logIn(ctx context.Context, l *link) error {
	o := &c.options
	if c.anonymous {
		return nil
	}
	var result protocol.LoginResult
	err := o.Exchange(func(token string) (string, error) {
		err := error(protocol.Errorf(protocol.Unauthenticated, "no token"))
		if token != "" {
			result, err = l.login(ctx, protocol.LoginParams{Token: token, Device: o.Device})
		}
		if kindOfError(err) == protocol.Unauthenticated && o.Username != "" {
			result, err = l.login(ctx, protocol.LoginParams{Username: o.Username, Password: o.Password, Device: o.Device})
		}
		return result.Token, err
	})
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	if result.Protocol != protocol.Version {
		return fmt.Errorf("%w: %q", ErrVersion, result.Protocol)
	}
	c.login.Store(&result)
	c.inbox.start(result.Cursor)
	return nil
}

// exchange is the Exchange of a client that keeps its token itself.
func (c *Client) exchange(login func(string) (string, error)) error {
	next, err := login(c.token)
	if err == nil && c.options.OnToken(next) == nil {
		c.token = next
	}
	return err
}

func (l *link) login(ctx context.Context, params protocol.LoginParams) (result protocol.LoginResult, err error) {
	given, err := jsonv2.Marshal(params)
	if err != nil {
		return result, protocol.Errorf(protocol.Parse, "params of login: %v", err)
	}
	raw, err := l.ask(ctx, protocol.Login.Name, json.RawMessage(given))
	if err != nil {
		return result, err
	}
	return result, jsonv2.Unmarshal(raw, &result)
}

// encode makes JSON of params of the client's own. A string that is not UTF-8
// is changed, and so means nothing to the server either.
func encode(params any) json.RawMessage {
	raw, err := jsonv2.Marshal(params, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(fmt.Sprintf("chatclient: %T: %v", params, err))
	}
	return json.RawMessage(raw)
}
