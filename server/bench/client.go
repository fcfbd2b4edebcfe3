package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
)

// client is a connection of a running load, which counts what it is told.
type client struct {
	*conn
	// burst is called from the client's goroutine with what one read brought.
	burst func(answers, events int) error
	// event, unless nil, is called before that with each event.
	event func(message []byte) error

	answers, events atomic.Int64 // that came up to now
}

// How what the server sends begins.
var (
	answerPrefix       = []byte(`{"jsonrpc":"2.0","id":`)
	resultPrefix       = []byte(`,"result":`)
	messagePrefix      = []byte(`{"jsonrpc":"2.0","method":"message",`)
	conversationPrefix = []byte(`{"jsonrpc":"2.0","method":"conversation",`)
)

// listen takes what comes until the connection ends, which is an error.
func (c *client) listen() error {
	for {
		answers, events, err := c.read()
		if err != nil {
			return err
		}
		c.answers.Add(int64(answers))
		c.events.Add(int64(events))
		if err := c.burst(answers, events); err != nil {
			return err
		}
	}
}

// read waits for something to come, takes all that has, and counts it.
func (c *client) read() (answers, events int, err error) {
	for {
		message, err := c.next()
		switch {
		case err != nil:
			return 0, 0, err
		case bytes.HasPrefix(message, messagePrefix):
			events++
			err = c.told(message)
		case isResult(message):
			answers++
		case bytes.HasPrefix(message, conversationPrefix):
		default:
			return 0, 0, fmt.Errorf("got %s", message)
		}
		if err != nil || !c.more() {
			return answers, events, err
		}
	}
}

func (c *client) told(message []byte) error {
	if c.event == nil {
		return nil
	}
	return c.event(message)
}

// isResult says whether a message answers a send with a result. The id of it
// has as many digits as all have.
func isResult(message []byte) bool {
	const digits = 10
	rest, ok := bytes.CutPrefix(message, answerPrefix)
	return ok && len(rest) > digits && bytes.HasPrefix(rest[digits:], resultPrefix)
}
