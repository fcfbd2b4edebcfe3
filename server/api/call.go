package api

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/server/hub"
	"asappchat/store"
)

// call is one request on its way to its answer.
type call struct {
	session *Session
	batch   *batch
	slot    int            // in the batch
	id      jsontext.Value // nil for a notification
	// always says that it is answered even without an id.
	always bool

	// Of a command that has been handed to the journal.
	pending    bool
	mutation   store.Mutation
	outcome    func(store.Outcome)
	subscriber *hub.Subscriber // who asked, nil before login
	rate       *userRate       // whom it is charged, nil for nobody
	answered   bool
}

// submit hands a mutation to the journal and has outcome told what becomes of
// it. The frame that the id points into is reused meanwhile.
func (c *call) submit(m store.Mutation, outcome func(store.Outcome)) {
	s := c.session
	c.pending, c.mutation, c.outcome = true, m, outcome
	c.subscriber, c.rate = s.subscriber, s.rate
	c.id = c.id.Clone()
	s.hand.begin()
	if err := s.api.journal.Submit(c); err != nil {
		c.pending = false
		s.hand.finish()
		c.fail(protocol.Errorf(protocol.Draining, "the server is about to end"))
	}
}

// Mutation, Answer and Settled make call an entry of the journal.
func (c *call) Mutation() store.Mutation { return c.mutation }

func (c *call) Answer(o store.Outcome) {
	defer c.recover("outcome")
	itself := c.session.api.hub.EndSessions(o.Ended, c.subscriber)
	if itself && c.batch != nil {
		c.batch.closeBehind()
	}
	if o.Gone > 0 {
		c.rate.charge(c.session.api.Now(), o.Gone/gonePerMessage)
	}
	if o.Err == nil {
		c.session.api.judgeAgain(c.mutation)
	}
	c.outcome(o)
	if itself && c.batch == nil {
		c.session.out.Close(protocol.CloseRevoked, "session ended")
	}
}

func (c *call) Settled() {
	c.session.out.Flush()
	c.session.hand.finish()
}

// succeed answers with what result points to.
func (c *call) succeed(result any) {
	if c.id == nil {
		c.deliver(nil)
		return
	}
	withAnswer(c.id, result, c.deliver)
}

func (c *call) fail(err *protocol.Error) {
	if c.id == nil && !c.always {
		c.deliver(nil)
		return
	}
	c.deliver(jsonrpc.AppendError(nil, c.id, err))
}

// invalid answers what is not a request, which is not a notification either.
func (c *call) invalid(err *protocol.Error) {
	c.always = true
	c.fail(err)
}

// deliver sends the answer, or puts it into its batch, and keeps nothing of it;
// nil is no answer. That to a command leaves in one write with the events of
// its group. One from the connection's own goroutine waits for those of the
// commands before it.
func (c *call) deliver(answer []byte) {
	if c.answered {
		return
	}
	c.answered = true
	if c.batch != nil {
		c.batch.fill(c.slot, bytes.Clone(answer))
		return
	}
	if c.pending {
		if answer != nil {
			c.session.out.Put(answer)
		}
		return
	}
	c.session.Settle()
	if answer != nil {
		c.session.out.Send(answer)
	}
}
