package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"asappchat/protocol"
)

// dialing is how many connections are made at the same time.
const dialing = 32

// usernames returns n of them.
func usernames(stem string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%05d", stem, i)
	}
	return names
}

// connectAll connects once for each name, logged in and subscribed.
func connectAll(address string, names []string) ([]*conn, error) {
	return dialAll(address, len(names), func(c *conn, i int) error { return c.enter(names[i]) })
}

// dialAll makes n connections and does something with each. When that fails
// all are closed.
func dialAll(address string, n int, then func(c *conn, i int) error) ([]*conn, error) {
	conns := make([]*conn, n)
	var group errgroup.Group
	group.SetLimit(dialing)
	for i := range conns {
		group.Go(func() (err error) {
			if conns[i], err = dial(address); err != nil {
				return err
			}
			return then(conns[i], i)
		})
	}
	if err := group.Wait(); err != nil {
		closeAll(conns)
		return nil, err
	}
	return conns, nil
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		if c != nil {
			c.close()
		}
	}
}

// enter registers a name, logs in and subscribes.
func (c *conn) enter(name string) error {
	return errors.Join(
		c.call(protocol.Register.Name, protocol.RegisterParams{Username: name}, nil),
		c.login(name))
}

// login logs in to an account that exists, and subscribes.
func (c *conn) login(name string) error {
	return errors.Join(
		c.call(protocol.Login.Name, protocol.LoginParams{Username: name}, nil),
		c.call(protocol.Subscribe.Name, protocol.SubscribeParams{}, nil))
}

// call calls a method and waits for its result.
func (c *conn) call(method string, params, result any) error {
	if err := c.request(method, params); err != nil {
		return err
	}
	if err := c.answer(result); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

func (c *conn) request(method string, params any) error {
	message, err := encodeRequest("1", method, params)
	if err != nil {
		return err
	}
	return c.write(appendFrame(nil, message, true))
}

// answer takes the next answer, and passes over events.
func (c *conn) answer(result any) error {
	for {
		message, err := c.next()
		if err != nil {
			return err
		}
		answer := struct {
			ID     json.RawMessage
			Result any
			Error  json.RawMessage
		}{Result: result}
		if err := json.Unmarshal(message, &answer); err != nil {
			return err
		}
		if answer.Error != nil {
			return fmt.Errorf("answered %s", answer.Error)
		}
		if answer.ID != nil {
			return nil
		}
	}
}
