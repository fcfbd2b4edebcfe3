package clientkit

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// A reverse is a case for servers, played the other way round: the application
// is asked to call what a connection of the case calls, and the kit answers what
// the case expects. It is for one goroutine.
type reverse struct {
	of   conformance.Case
	conn string // whose part the client has

	*scene
	examples examples
	pending  []asked
	follows  bool
	told     int // events
	started  bool
}

// asked is a request of the case that was made.
type asked struct {
	method  string
	id      string // in the case
	command int    // of the driver
	wire    jsontext.Value
	refused bool  // by the client itself, without asking
	other   error // the params are not those of the case
}

// errOneWay says that a case cannot be played the other way round.
var errOneWay = errors.New("this way round only")

// reverses are the cases for servers that can be played the other way round,
// each for the first connection that has something to say.
var reverses = sync.OnceValue(func() (all []reverse) {
	for _, c := range conformance.Cases() {
		var conns []string
		for _, s := range c.Steps {
			if s.Op == conformance.Send && !slices.Contains(conns, s.Conn) {
				conns = append(conns, s.Conn)
			}
		}
		for _, conn := range conns {
			trial := reverse{of: c, conn: conn}
			if trial.play(context.Background(), nil) == nil {
				all = append(all, trial)
				break
			}
		}
	}
	return all
})

func reverseExaminations() (all []examination) {
	for _, r := range reverses() {
		c := r.of
		c.Name, c.Steps = "reverse/"+c.Name, nil
		all = append(all, examination{c, func(k *kit, ctx context.Context) (string, error) {
			return k.scene(ctx, func(s *scene) error {
				one := reverse{of: r.of, conn: r.conn}
				return one.play(ctx, s)
			})
		}, false})
	}
	return all
}

// play plays the case in a scene. Without one it only says whether that can be
// done.
func (r *reverse) play(ctx context.Context, s *scene) error {
	r.scene = s
	r.examples = examples{captured: map[string]string{}}
	calls := 0
	for _, step := range r.of.Steps {
		var err error
		switch own := step.Conn == r.conn; {
		case step.Op == conformance.Expect && step.Form == (conformance.Step{}).Form:
			err = r.answer(ctx, own, step.Text)
		case step.Op == conformance.ExpectAny:
			for _, text := range step.Texts {
				err = errors.Join(err, r.answer(ctx, own, text))
			}
		case step.Op == conformance.Login && own:
			err = r.enter(ctx)
		case step.Op == conformance.Send && own:
			calls++
			err = r.ask(ctx, step.Text)
		case step.Op == conformance.Silent, !own && step.Conn != "":
		default:
			err = errOneWay
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", r.of.File, step.Line, err)
		}
	}
	if calls == 0 || len(r.pending) > 0 {
		return errOneWay
	}
	return nil
}

// enter lets the client log in.
func (r *reverse) enter(ctx context.Context) error {
	if r.started {
		return errOneWay
	}
	r.started = true
	if r.scene == nil {
		return nil
	}
	if err := r.command(`open {"username":"kit-ana"}`); err != nil {
		return err
	}
	if _, err := r.heard(ctx, "a login"); err != nil {
		return err
	}
	if err := r.say(ctx, strings.Replace(fmt.Sprintf(loginResult, 1), `"ana"`, `"kit-ana"`, 1)); err != nil {
		return err
	}
	_, err := r.driver.answer(r.driver.ids)
	return err
}

// ask makes the client make a request of the case.
func (r *reverse) ask(ctx context.Context, text string) error {
	text, err := conformance.Expand(text, r.examples.captured)
	var m message
	if err != nil || !jsontext.Value(text).IsValid() || json.Unmarshal([]byte(text), &m, json.RejectUnknownMembers(true)) != nil {
		return errOneWay
	}
	params, ok := byName(m.Method, m.Params)
	if m.Version != "2.0" || m.ID == nil || m.Method == "" || !ok || longNumber.MatchString(text) || slices.Contains(itself, m.Method) {
		return errOneWay
	}
	if m.Method == "subscribe" {
		return r.subscribe(ctx, m, params)
	}
	call := asked{method: m.Method, id: string(m.ID)}
	if r.scene == nil {
		r.pending = append(r.pending, call)
		return nil
	}
	if !r.started {
		if err := r.anonymous(); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(params, json.Deterministic(true))
	if err != nil {
		return err
	}
	if call.command, err = r.driver.do(map[string]any{"do": "call", "method": m.Method, "params": jsontext.Value(raw)}); err != nil {
		return err
	}
	wire, err := r.request(ctx, call.command)
	if err != nil {
		return err
	}
	if call.refused = wire == nil; !call.refused {
		call.wire = r.call.asked[len(r.call.asked)-1]
		call.other = sameRequest(m.Method, params, wire)
	}
	r.pending = append(r.pending, call)
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
	about, pattern := "result of "+call.method, m["result"]
	if m["error"] != nil {
		about, pattern = "error", m["error"]
	}
	said, err := r.examples.of(about, pattern)
	if err == nil && about == "error" {
		said, err = wholeError(said)
	}
	if err == nil && longNumber.Match(said) {
		err = errOneWay
	}
	if err != nil || r.scene == nil {
		return err
	}
	if call.method == "subscribe" {
		return r.began(ctx, call, said)
	}
	name, _, _ := strings.Cut(about, " ")
	if call.other != nil && !refusedAnyway.Match(said) {
		return call.other
	}
	if !call.refused {
		if err := r.say(ctx, fmt.Sprintf(`{"id":%s,%q:%s}`, call.wire, name, strings.ReplaceAll(string(said), "$", "$$"))); err != nil {
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
