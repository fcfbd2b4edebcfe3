package clientkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// asked is a request of the case that was made.
type asked struct {
	method  string
	id      string // in the case
	command int    // of the driver
	wire    jsontext.Value
	refused bool  // by the client itself, without asking
	other   error // the params are not those of the case
}

// ask makes the client make a request of the case.
func (r *reverse) ask(ctx context.Context, text string) error {
	m, params, err := r.read(text)
	switch {
	case err != nil:
		return err
	case m.Method == "subscribe":
		return r.subscribe(ctx, m, params)
	}
	call := asked{method: m.Method, id: string(m.ID)}
	if r.scene != nil {
		err = r.make(ctx, &call, params)
	}
	r.pending = append(r.pending, call)
	return err
}

// read takes a request of the case apart: one that an application can make.
func (r *reverse) read(text string) (m message, params map[string]jsontext.Value, err error) {
	text, err = conformance.Expand(text, r.examples.captured)
	if err != nil || !jsontext.Value(text).IsValid() || json.Unmarshal([]byte(text), &m, json.RejectUnknownMembers(true)) != nil {
		return m, nil, errOneWay
	}
	params, ok := byName(m.Method, m.Params)
	if m.Version != "2.0" || m.ID == nil || m.Method == "" || !ok || longNumber.MatchString(text) || slices.Contains(itself, m.Method) {
		return m, nil, errOneWay
	}
	return m, params, nil
}

// make has the application make a call, and waits for the client's request.
func (r *reverse) make(ctx context.Context, call *asked, params map[string]jsontext.Value) error {
	if !r.started {
		if err := r.anonymous(); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(params, json.Deterministic(true))
	if err != nil {
		return err
	}
	if call.command, err = r.driver.do(map[string]any{"do": "call", "method": call.method, "params": jsontext.Value(raw)}); err != nil {
		return err
	}
	wire, err := r.request(ctx, call.command)
	if call.refused = wire == nil; err != nil || call.refused {
		return err
	}
	call.wire = r.call.asked[len(r.call.asked)-1]
	call.other = sameRequest(call.method, params, wire)
	return nil
}

// anonymous opens a client that is not logged in.
func (r *reverse) anonymous() error {
	r.started = true
	if err := r.command(`open {"username":null}`); err != nil {
		return err
	}
	_, err := r.driver.answer(r.driver.ids)
	return err
}

// request waits for the client's request, or for its answer, when it refuses to
// ask.
func (r *reverse) request(ctx context.Context, command int) (jsontext.Value, error) {
	if r.call == nil {
		return r.heard(ctx, "a request")
	}
	limit := time.After(r.driver.wait)
	for {
		select {
		case <-limit:
			return nil, fmt.Errorf("neither a request nor an answer came from the client within %v", r.driver.wait)
		case f := <-r.call.frames:
			r.story.note("ana> ", append([]byte(f.end), f.text...))
			if f.end != "" {
				return nil, fmt.Errorf("%s, want a request", f.end)
			}
			return f.text, r.call.request(f.text)
		case l, ok := <-r.driver.lines:
			if !ok {
				return nil, errors.New("the driver has ended")
			}
			if err := r.driver.note(l); err != nil || r.driver.answers[command] != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
