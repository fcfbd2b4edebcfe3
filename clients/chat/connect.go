package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// connect logs in as the user's identity.
func (a *app) connect(options chatclient.Options) (*chatclient.Client, error) {
	id, err := a.identity(a.As)
	if err != nil {
		return nil, err
	}
	if _, err := id.token(); err != nil {
		return nil, err // before the server is bothered
	}
	options.Exchange = func(login func(string) (string, error)) error { return id.exchange(a.ctx, login) }
	return a.dial(&options)
}

// dial connects once; an error says so.
func (a *app) dial(options *chatclient.Options) (*chatclient.Client, error) {
	ctx, cancel := a.patience()
	defer cancel()
	client, err := chatclient.Dial(ctx, a.URL, options)
	switch {
	case a.ctx.Err() != nil:
		return nil, a.ctx.Err()
	case err != nil:
		return nil, unreachable(err)
	}
	return client, nil
}

// patience is the context of one answer.
func (a *app) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(a.ctx, a.Timeout)
}

// lasting are the options of commands that run for long.
func (a *app) lasting() chatclient.Options {
	return chatclient.Options{OnRetry: func(err error, delay time.Duration) {
		a.note("%v; trying again in %v", err, delay.Round(100*time.Millisecond))
	}}
}

// as runs a call on a connection of its own.
func as[P, R any](a *app, method protocol.Method[P, R], params P) (R, error) {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		var none R
		return none, err
	}
	defer client.Close()
	return call(a, client, method, params)
}

// anyone is as for methods that need no login.
func anyone[P, R any](a *app, method protocol.Method[P, R], params P) (R, error) {
	client, err := a.dial(nil)
	if err != nil {
		var none R
		return none, err
	}
	defer client.Close()
	return call(a, client, method, params)
}

func call[P, R any](a *app, client *chatclient.Client, method protocol.Method[P, R], params P) (R, error) {
	ctx, cancel := a.patience()
	defer cancel()
	return chatclient.Call(ctx, client, method, params)
}

// callCommand is the door to whatever has no command.
type callCommand struct {
	Method string `arg:"" help:"Name of the method, as the protocol lists them."`
	Params string `arg:"" optional:"" help:"JSON: an object, or an array by position."`
}

func (c *callCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	var f failure
	if errors.As(err, &f) && f.code == exitCredentials && a.As == "" {
		client, err = a.dial(nil) // some methods need no login
	}
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := a.patience()
	defer cancel()
	result, err := client.CallRaw(ctx, c.Method, jsontext.Value(c.Params))
	if err != nil {
		return err
	}
	return a.printJSON(result)
}
