package clientkit

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// answer says what the case expects: an answer, or an event. Of what is said to
// others it takes the captures.
func (r *reverse) answer(ctx context.Context, own bool, text string) error {
	text, err := conformance.Expand(text, r.examples.captured)
	var m map[string]jsontext.Value
	if err != nil || json.Unmarshal([]byte(text), &m) != nil {
		return errOneWay
	}
	switch {
	case !own:
		_, err = r.examples.of("", jsontext.Value(text))
	case m["method"] != nil:
		err = r.event(ctx, m)
	case len(r.pending) == 0 || r.pending[0].id != string(m["id"]) || len(m["result"])+len(m["error"]) == 0:
		return errOneWay
	default:
		call := r.pending[0]
		r.pending = r.pending[1:]
		err = r.settle(ctx, call, m)
	}
	if err != nil && r.scene == nil {
		return errOneWay
	}
	return err
}

// refusedAnyway are errors of requests whose params may be put in another way by
// the types of a client.
var refusedAnyway = regexp.MustCompile(`"kind":"(?:invalid_params|unauthenticated)"`)

// settle answers a request, and holds what the application is told.
func (r *reverse) settle(ctx context.Context, call asked, m map[string]jsontext.Value) error {
	name, about, pattern := "result", "result of "+call.method, m["result"]
	if m["error"] != nil {
		name, about, pattern = "error", "error", m["error"]
	}
	said, err := r.examples.of(about, pattern)
	if err == nil && name == "error" {
		said, err = wholeError(said)
	}
	if err == nil && longNumber.Match(said) {
		err = errOneWay
	}
	switch {
	case err != nil || r.scene == nil:
		return err
	case call.method == "subscribe":
		return r.began(ctx, call, said)
	case call.other != nil && !refusedAnyway.Match(said):
		return call.other
	}
	return r.conclude(ctx, call, name, said)
}

// conclude says the answer to the client, and holds what its application is told.
func (r *reverse) conclude(ctx context.Context, call asked, name string, said jsontext.Value) error {
	if !call.refused {
		if err := r.say(ctx, unexpanded(fmt.Sprintf(`{"id":%s,%q:%s}`, call.wire, name, said))); err != nil {
			return err
		}
	}
	raw, err := r.driver.answer(call.command)
	if err != nil {
		return err
	}
	result, failure := outcome(raw)
	switch {
	case name == "error" && call.refused && failure != nil:
		return nil // as the server would have
	case name == "error":
		return sameError(failure, said)
	}
	_, err = conformance.Match(literal(said), result, nil)
	return err
}

// unexpanded makes a text one in which nothing is replaced.
func unexpanded(text string) string { return strings.ReplaceAll(text, "$", "$$") }
