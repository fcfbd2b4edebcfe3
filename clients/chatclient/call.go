package chatclient

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"asappchat/protocol"
)

// Call calls a method and waits for its answer. What the server refuses is a
// *protocol.Error.
//
// A call waits for a connection when there is none, and is written anew on the
// next connection when its answer was lost, if that is safe: queries are,
// read and delete, which come to the same when they are done again, and
// sends, which get a client id here unless they have one that is not empty. Of any other
// command whose answer was lost the error is of kind unknown_outcome: it may or
// may not have been done. A call that the server refuses for now (rate_limited,
// unavailable, draining) is repeated after the time that the server asks for.
// All that ends with the context: its error then also says what was in the way.
// A call that was written before its context ended may still have its effect;
// a send can be repeated with its client id.
//
// login, logout, subscribe and unsubscribe are done by the client itself, and
// refused here as invalid_request. Call may be called from any goroutine.
func Call[P, R any](ctx context.Context, c *Client, method protocol.Method[P, R], params P) (R, error) {
	return Go(ctx, c, method, params).Wait()
}

// Go is Call without waiting for the answer. Requests are written in the order
// of the calls of Go, many of them before the first is answered, and after a
// reconnect those without an answer are written again in the same order. So
// messages sent one after the other arrive in that order, with one exception:
// while the server refuses a message for now, later ones that were under way
// already may be stored first. Options.InFlight set to 1 excludes that too.
//
// Go blocks while 1024 calls wait for their answers, until one gets it or the
// context ends.
func Go[P, R any](ctx context.Context, c *Client, method protocol.Method[P, R], params P) *Pending[R] {
	if send, ok := any(&params).(*protocol.SendParams); ok && send.ClientID == "" {
		send.ClientID = uuid.Must(uuid.NewV7()).String()
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return &Pending[R]{failed(method.Name, protocol.Errorf(protocol.Parse, "params of %s: %v", method.Name, err))}
	}
	return &Pending[R]{c.start(ctx, method.Name, raw, !method.Command || repeatable(method.Name))}
}

// repeatable says whether a command may be done again, however much later.
func repeatable(method string) bool {
	return method == protocol.Send.Name || method == protocol.Read.Name || method == protocol.Delete.Name
}

// CallRaw is Call for a method by its name, with params as an object, an array
// or nothing; the client id of a send stands third in an array. A method that is
// not one of package protocol counts as a command. What the server would not
// read, and so could not answer, is an error of kind parse without being sent:
// params that are not JSON, or of which a string holds half a surrogate pair, a
// name stands twice, or that are nested too deeply.
func (c *Client) CallRaw(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	return GoRaw(ctx, c, method, params).Wait()
}

// GoRaw is to CallRaw what [Go] is to [Call].
func GoRaw(ctx context.Context, c *Client, method string, params jsontext.Value) *Pending[jsontext.Value] {
	if len(params) > 0 && !params.IsValid() {
		return &Pending[jsontext.Value]{failed(method, protocol.Errorf(protocol.Parse, "params of %s are not valid JSON", method))}
	}
	if !utf8.ValidString(method) {
		return &Pending[jsontext.Value]{failed(method, protocol.Errorf(protocol.Parse, "method %q is not UTF-8", method))}
	}
	if method == protocol.Send.Name {
		given, identified := withClientID(params)
		return &Pending[jsontext.Value]{c.start(ctx, method, given, identified)}
	}
	known := protocol.Methods()
	i := slices.IndexFunc(known, func(s *protocol.Spec) bool { return s.Name == method })
	return &Pending[jsontext.Value]{c.start(ctx, method, params, repeatable(method) || i >= 0 && !known[i].Command)}
}

// withClientID gives the params of a send, which are valid JSON, a client id
// unless they have one, and says whether they have one then. Params that are
// none of a send, which the server will refuse, stay as they are.
func withClientID(params jsontext.Value) (given jsontext.Value, identified bool) {
	fresh, _ := jsontext.AppendQuote(nil, uuid.Must(uuid.NewV7()).String())
	var list []jsontext.Value
	var object struct {
		ClientID jsontext.Value `json:"client_id"`
		Others   jsontext.Value `json:",embed"`
	}
	switch {
	case json.Unmarshal(params, &list) == nil && len(list) >= 2:
		if len(list) == 2 {
			list = append(list, nil)
		}
		if !isEmpty(list[2]) {
			return params, true
		}
		list[2] = fresh
		return jsontext.Value(encode(list)), true
	case params.Kind() == '{' && json.Unmarshal(params, &object) == nil:
		if !isEmpty(object.ClientID) {
			return params, true
		}
		object.ClientID = fresh
		return jsontext.Value(encode(object)), true
	}
	return params, false
}

// isEmpty says whether a client id is absent, null or "".
func isEmpty(id jsontext.Value) bool { return len(id) == 0 || id.Kind() == 'n' || string(id) == `""` }

// Pending is a call that was started by Go.
type Pending[R any] struct{ call *call }

// Done is closed when Wait will not wait.
func (p *Pending[R]) Done() <-chan struct{} { return p.call.done }

// Wait waits for the answer, up to the end of the context that was given to
// Go. It may be called more than once and from any goroutine.
func (p *Pending[R]) Wait() (R, error) {
	var result R
	<-p.call.done
	if p.call.err != nil {
		return result, p.call.err
	}
	if err := json.Unmarshal(p.call.result, &result); err != nil {
		return result, fmt.Errorf("chatclient: answer to %s: %w", p.call.method, err)
	}
	return result, nil
}

// start puts a call into the outbox, and ends it with its context.
func (c *Client) start(ctx context.Context, method string, params jsontext.Value, repeat bool) *call {
	switch method {
	case protocol.Login.Name, protocol.Logout.Name, protocol.Subscribe.Name, protocol.Unsubscribe.Name:
		return failed(method, protocol.Errorf(protocol.InvalidRequest, "%s is done by the client itself", method))
	}
	return c.enqueue(ctx, newCall(method, params, repeat))
}

func (c *Client) enqueue(ctx context.Context, call *call) *call {
	abandon := func() { c.outbox.abandon(call, c.explain(call, context.Cause(ctx))) }
	if err := c.outbox.add(ctx, call, abandon); err != nil {
		call.finish(nil, c.explain(call, err))
		return call
	}
	c.poke()
	return call
}

// explain adds what stood in the way of a call to the end of its context.
func (c *Client) explain(call *call, err error) error {
	if why := c.outbox.obstacle(call); why != nil {
		return fmt.Errorf("chatclient: %s: %w: %w", call.method, err, why)
	}
	if why := c.trouble.Load(); why != nil {
		return fmt.Errorf("chatclient: %s: %w: %w", call.method, err, *why)
	}
	return fmt.Errorf("chatclient: %s: %w", call.method, err)
}
