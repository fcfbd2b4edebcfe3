package clientkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
	events   int // that the application was told
	started  bool
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
		if err := r.step(ctx, step); err != nil {
			return fmt.Errorf("%s:%d: %w", r.of.File, step.Line, err)
		}
		if step.Op == conformance.Send && step.Conn == r.conn {
			calls++
		}
	}
	if calls == 0 || len(r.pending) > 0 {
		return errOneWay
	}
	return nil
}

func (r *reverse) step(ctx context.Context, step conformance.Step) error {
	switch own := step.Conn == r.conn; {
	case step.Op == conformance.Expect && step.Form == (conformance.Form{}):
		return r.answer(ctx, own, step.Text)
	case step.Op == conformance.ExpectAny:
		for _, text := range step.Texts {
			if err := r.answer(ctx, own, text); err != nil {
				return err
			}
		}
		return nil
	case step.Op == conformance.Login && own:
		return r.enter(ctx)
	case step.Op == conformance.Send && own:
		return r.ask(ctx, step.Text)
	case step.Op == conformance.Silent, step.Op == conformance.Pause, step.Op == conformance.Require, !own && step.Conn != "":
		return nil // means nothing to a client
	}
	return errOneWay
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
