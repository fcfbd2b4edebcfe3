package api

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/store"
)

// row is a method with its handler, its types taken away.
type row struct {
	spec  *protocol.Spec
	serve func(*call, jsontext.Value)
}

// table puts the rows under the names of their methods.
func table(nouns ...[]row) map[string]row {
	methods := make(map[string]row)
	for _, rows := range nouns {
		for _, r := range rows {
			methods[r.spec.Name] = r
		}
	}
	return methods
}

// query makes a row of a method that reads.
func query[P, R any](m protocol.Method[P, R], handle func(context.Context, *Session, P) (R, error)) row {
	return row{m.Spec, func(c *call, raw jsontext.Value) {
		s := c.session
		params, bad := m.Decode(raw, &s.api.Limits)
		if bad != nil {
			c.fail(bad)
			return
		}
		s.Settle()
		result, err := handle(&s.life, s, params)
		if err != nil {
			c.fail(m.As(raw.Kind(), s.api.wireError(err, m.Spec)))
			return
		}
		c.succeed(&result)
		s.started(c.batch)
	}}
}

// command makes a row of a method that changes the log. The result comes from
// the outcome of the mutation that the handler prepares.
func command[P, R any](m protocol.Method[P, R],
	prepare func(context.Context, *Session, P) (store.Mutation, error),
	result func(*Session, store.Outcome) R) row {
	return row{m.Spec, func(c *call, raw jsontext.Value) {
		s := c.session
		params, bad := m.Decode(raw, &s.api.Limits)
		if bad != nil {
			c.fail(bad)
			return
		}
		mutation, err := prepare(&s.life, s, params)
		if err != nil {
			c.fail(m.As(raw.Kind(), s.api.wireError(err, m.Spec)))
			return
		}
		given := raw.Kind() // the frame is reused meanwhile
		c.submit(mutation, func(o store.Outcome) {
			if o.Err != nil {
				c.fail(m.As(given, s.api.wireError(o.Err, m.Spec)))
				return
			}
			answer := result(s, o)
			c.succeed(&answer)
		})
	}}
}

// change makes a row of a command that counts as a message against the rate of
// sending, and that only the store can refuse.
func change[P, R any](m protocol.Method[P, R], mutation func(*Session, P) store.Mutation,
	result func(*Session, store.Outcome) R) row {
	return command(m, func(_ context.Context, s *Session, p P) (store.Mutation, error) {
		if err := s.rate.allowNext(s.api.Now(), 1, changes); err != nil {
			return nil, err
		}
		return mutation(s, p), nil
	}, result)
}

// dispatch serves one request.
func (s *Session) dispatch(r *jsonrpc.Request, b *batch, slot int) {
	c := &call{session: s, batch: b, slot: slot, id: r.ID}
	if r.Err != nil {
		c.invalid(r.Err)
		return
	}
	defer c.recover(r.Method)
	method, known := s.api.methods[r.Method]
	switch {
	case !known:
		c.fail(protocol.Errorf(protocol.MethodNotFound, "no method %.64q", r.Method))
	case s.hand.isDraining():
		c.fail(protocol.Errorf(protocol.Draining, "the server is about to end"))
	case s.subscriber == nil && !method.spec.Open:
		c.fail(protocol.Errorf(protocol.Unauthenticated, "log in first"))
	case b.full():
		c.fail(protocol.Errorf(protocol.TooLarge, "the answers of this batch are too large together"))
	default:
		method.serve(c, r.Params)
	}
}

// recover makes a panic of a handler the answer to its request alone.
func (c *call) recover(method string) {
	if p := recover(); p != nil {
		incident := newIncident()
		c.session.api.Logger.Error("handler panicked", slog.String("incident", incident),
			slog.String("method", method), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		c.fail(internal(incident))
	}
}
