package load

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// client is a connection of a running load, which counts what it is told. But
// for the counts it belongs to its own goroutine.
type client struct {
	*Conn
	number int
	drive  *Drive  // nil when nothing is done about what comes
	sender *sender // nil for who only listens
	heard  [2]heard
	had    int64 // events
	burst  burst

	answers, events atomic.Int64 // that came up to now, and were taken
}

// burst is what one read has brought.
type burst struct {
	answers []int64 // their requests, by number
	refused []refused
	events  int
	dues    []time.Duration // when what was delivered was due to be sent
	took    []time.Duration // for the times
}

type refused struct {
	number int64
	err    *protocol.Error
}

// How what the server sends begins, for all but rare things. What begins
// otherwise is decoded as JSON.
var (
	answerPrefix       = []byte(`{"jsonrpc":"2.0","id":`)
	resultPrefix       = []byte(`,"result":`)
	messagePrefix      = []byte(`{"jsonrpc":"2.0","method":"message",`)
	conversationPrefix = []byte(`{"jsonrpc":"2.0","method":"conversation",`)
)

// IsMessage says whether something that came is the event of a message.
func IsMessage(message []byte) bool { return bytes.HasPrefix(message, messagePrefix) }

// listen takes what comes until the connection ends, which is an error.
func (c *client) listen() error {
	for {
		if err := c.read(); err != nil {
			return err
		}
		if c.drive != nil {
			if err := c.drive.take(c); err != nil {
				return err
			}
		}
		c.answers.Add(int64(len(c.burst.answers)))
		c.events.Add(int64(c.burst.events))
	}
}

// read waits for something to come, and takes all that has.
func (c *client) read() error {
	b := &c.burst
	b.answers, b.refused, b.events, b.dues = b.answers[:0], b.refused[:0], 0, b.dues[:0]
	for {
		message, err := c.Next()
		if err != nil {
			return err
		}
		if IsMessage(message) {
			err = c.told(message)
		} else if number, ok := answered(message); ok {
			b.answers = append(b.answers, number)
		} else if !bytes.HasPrefix(message, conversationPrefix) {
			err = c.other(message)
		}
		if err != nil || !c.more() {
			return err
		}
	}
}

// told takes the event of a message.
func (c *client) told(event []byte) error {
	c.burst.events++
	if c.drive == nil || c.drive.shape.Blind {
		return nil
	}
	s, err := readStamp(event)
	if err != nil {
		return err
	}
	if c.drive.hears(c, s) {
		c.burst.dues = append(c.burst.dues, s.due)
	}
	return nil
}

// answered reads which request a message answers with a result, by the number
// of digits that the ids of all requests have.
func answered(message []byte) (number int64, ok bool) {
	rest, ok := bytes.CutPrefix(message, answerPrefix)
	if !ok || len(rest) <= idDigits || !bytes.HasPrefix(rest[idDigits:], resultPrefix) {
		return 0, false
	}
	id := digits(rest[:idDigits])
	return id - firstID, id >= 0
}

// other takes what is rare, or written in another way.
func (c *client) other(message []byte) error {
	var r reply
	if err := json.Unmarshal(message, &r); err != nil {
		return fmt.Errorf("the server sent what cannot be read: %w", err)
	}
	switch {
	case r.Method == protocol.OnMessage.Name:
		var e protocol.MessageEvent
		if err := json.Unmarshal(r.Params, &e); err != nil {
			return err
		}
		return c.told(fmt.Appendf(nil, `"body":"%s`, e.Message.Body))
	case r.Method == protocol.OnLagging.Name:
		return fmt.Errorf("connection %d read too slowly for the server, which has ended its events (lagging)", c.number)
	case r.Method == protocol.OnDraining.Name:
		return fmt.Errorf("the server is about to end or restart (draining)")
	case r.Method != "":
		return nil // an event that is none of ours
	case r.Error == nil && r.Result == nil:
		return fmt.Errorf("the server sent neither an answer nor an event: %.300s", message)
	}
	number := digits(r.ID) - firstID
	if r.Error != nil {
		c.burst.refused = append(c.burst.refused, refused{number, r.Error.err()})
	} else {
		c.burst.answers = append(c.burst.answers, number)
	}
	return nil
}
