package clientkit

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// subscribe makes the client follow the events, as it does from where it logged
// in.
func (r *reverse) subscribe(ctx context.Context, m message, params map[string]jsontext.Value) error {
	if r.follows || !r.started || len(params) > 0 {
		return errOneWay
	}
	r.follows = true
	call := asked{method: m.Method, id: string(m.ID)}
	if r.scene != nil {
		if err := r.command("events"); err != nil {
			return err
		}
		call.command = r.driver.ids
		if _, err := r.driver.answer(call.command); err != nil {
			return err
		}
		if _, err := r.heard(ctx, `"subscribe"`); err != nil {
			return err
		}
		call.wire = r.call.asked[len(r.call.asked)-1]
	}
	r.pending = append(r.pending, call)
	return nil
}

// began answers a subscription.
func (r *reverse) began(ctx context.Context, call asked, said jsontext.Value) error {
	var result map[string]jsontext.Value
	if err := json.Unmarshal(said, &result); err != nil {
		return err
	}
	usual := map[string]jsontext.Value{"cursor": jsontext.Value(`"k:0"`), "reset": jsontext.Value("false")}
	maps.Copy(usual, result)
	raw, err := json.Marshal(usual, json.Deterministic(true))
	if err != nil {
		return err
	}
	if string(usual["reset"]) == "true" {
		r.events++
	}
	if err := r.say(ctx, fmt.Sprintf(`{"id":%s,"result":%s}`, call.wire, raw)); err != nil {
		return err
	}
	return r.driver.hear(r.events)
}

// durable are the events that every client passes on.
var durable = []string{"message", "message_updated", "read", "conversation"}

// event sends an event, and holds what the application is told.
func (r *reverse) event(ctx context.Context, m map[string]jsontext.Value) error {
	var name string
	if err := json.Unmarshal(m["method"], &name); err != nil || !r.follows {
		return errOneWay
	}
	if slices.Contains([]string{"lagging", "draining"}, name) || len(r.pending) > 0 && r.pending[0].method == "subscribe" {
		return errOneWay
	}
	raw, err := r.eventParams(name, m["params"])
	if err != nil || r.scene == nil {
		return err
	}
	if err := r.say(ctx, unexpanded(fmt.Sprintf(`{"method":%q,"params":%s}`, name, raw))); err != nil {
		return err
	}
	if !slices.Contains(durable, name) {
		return nil
	}
	r.events++
	if err := r.driver.hear(r.events); err != nil {
		return err
	}
	_, err = conformance.Match(literal([]byte(fmt.Sprintf(`{"event":%q,"params":%s}`, name, raw))), r.driver.events[r.events-1], nil)
	return err
}

// eventParams makes an example of the params of an event, with a cursor where it
// has one.
func (r *reverse) eventParams(name string, pattern jsontext.Value) (jsontext.Value, error) {
	params, err := r.examples.of("params of "+name, pattern)
	if err != nil {
		return nil, err
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(params, &members); err != nil {
		return nil, errOneWay
	}
	if slices.Contains(durable, name) && members["cursor"] == nil {
		if members["cursor"], err = r.examples.value("", "cursor"); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(members, json.Deterministic(true))
	if err == nil && longNumber.Match(raw) {
		err = errOneWay
	}
	return raw, err
}

// literal makes JSON a pattern that stands for itself alone.
func literal(v jsontext.Value) jsontext.Value {
	return bytes.ReplaceAll(v, []byte(`"<`), []byte(`"\u003c`))
}
