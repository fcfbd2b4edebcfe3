package clientkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// timing is how a client is to wait: briefly, since nothing here is far away.
type timing struct{ answer, ping int } // milliseconds, 0 for the client's own

// play is one run of a script.
type play struct {
	driver *Driver
	world  *world
	peer   *peer
	script []turn
	timing timing
	story  *story
	reset  int // see trouble
	// witnessed says to compare what was seen with what a bare connection was told.
	witnessed bool

	captured map[string]string
	normal   *normal
	saw      sight
	told     int // events that ana should have been told
	waiting  []waiting
	shown    jsontext.Value // home, in the end
	unknown  int            // commands that the application had to repeat
}

// waiting is a call that was begun.
type waiting struct {
	turn turn
	id   int
}

// run plays the script to its end.
func (p *play) run(ctx context.Context) error {
	p.captured, p.normal = map[string]string{}, newNormal(p.world.prefix)
	p.driver.reset(p.story)
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.peer.ws.CloseNow()
	compare := func() error { return nil }
	if p.witnessed {
		witness, err := p.witness(ctx)
		if err != nil {
			return err
		}
		defer witness.ws.CloseNow()
		compare = func() error { return p.compare(ctx, witness) }
	}
	if err := p.begin(); err != nil {
		return err
	}
	err := inTurn(func() error { return p.turns(ctx) }, p.look, compare)
	p.world.gate.releaseAll()
	_, closing := p.driver.ask(map[string]any{"do": "close"})
	return cmp.Or(err, closing)
}

// inTurn does one thing after the other, up to the first error.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// enter opens the accounts of ana and bo.
func (p *play) enter(ctx context.Context) (err error) {
	if p.peer, err = dialPeer(ctx, p.world.direct); err != nil {
		return err
	}
	if _, err = p.peer.call(ctx, "register", fmt.Sprintf(`{"username":%q}`, p.world.prefix+"ana")); err != nil {
		return err
	}
	return p.peer.join(ctx, p.world.prefix+"bo", true)
}

// begin lets the application log in and follow home. A client tries its first
// login once, so the application may have to do it again.
func (p *play) begin() error {
	for {
		before := p.world.gate.count()
		raw, err := p.driver.ask(p.open())
		if err != nil {
			return err
		}
		after := p.world.gate.count()
		switch _, failure := outcome(raw); {
		case failure == nil:
			raw, err := p.driver.ask(map[string]any{"do": "mirror"})
			if _, failure := outcome(raw); err == nil && failure != nil {
				err = fmt.Errorf("mirror: %s", failure)
			}
			return err
		case before == after || after > 3: // it did not even try, or has tried without a fault
			return fmt.Errorf("open: %s", failure)
		}
	}
}

func (p *play) open() map[string]any {
	c := map[string]any{"do": "open", "url": p.world.url, "username": p.world.prefix + "ana", "backoff_ms": []int{1, 20}}
	if p.timing != (timing{}) {
		c["answer_timeout_ms"], c["ping_interval_ms"] = p.timing.answer, p.timing.ping
	}
	return c
}

// outcome takes the line of an answer apart.
func outcome(raw jsontext.Value) (result, failure jsontext.Value) {
	var l struct {
		Result jsontext.Value `json:"result"`
		Error  jsontext.Value `json:"error"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return nil, jsontext.Value(err.Error())
	}
	return l.Result, l.Error
}

func (p *play) turns(ctx context.Context) error {
	for i, t := range p.script {
		var err error
		switch {
		case i > 0 && i == p.reset:
			err = p.miss(ctx, t)
			p.told -= t.events - 1 // there is the reset instead
		case t.who == "bo":
			err = p.bo(ctx, t)
		case t.who == "ana":
			err = p.ana(t)
		}
		p.told += t.events
		if err == nil && !t.goOn {
			err = errors.Join(p.settle(), p.driver.hear(p.told))
		}
		if err != nil {
			return fmt.Errorf("conversation.txt:%d: %w", t.number, err)
		}
	}
	return nil
}

func (p *play) bo(ctx context.Context, t turn) error {
	params := t.fill(p.world.prefix, p.captured)
	p.story.note("bo>  ", []byte(t.method+" "+params))
	result, err := p.peer.call(ctx, t.method, params)
	if err != nil || t.capture == "" {
		return err
	}
	var created struct {
		Conversation struct {
			ID string `json:"id"`
		} `json:"conversation"`
	}
	err = json.Unmarshal(result, &created)
	p.captured[t.capture] = created.Conversation.ID
	return err
}

// miss lets bo do something while ana's client is cut off, and its cursor be
// forgotten.
func (p *play) miss(ctx context.Context, t turn) error {
	p.world.gate.shut.Lock()
	defer p.world.gate.shut.Unlock()
	p.world.stage.Forget()
	p.world.stage.Disconnect(1001)
	return p.bo(ctx, t)
}

func (p *play) ana(t turn) error {
	id, err := p.driver.do(map[string]any{"do": "call", "method": t.method, "params": jsontext.Value(t.fill(p.world.prefix, p.captured))})
	p.waiting = append(p.waiting, waiting{t, id})
	return err
}

// oneShot are the commands that a client does not repeat by itself.
var oneShot = []string{"edit", "react", "unreact", "set_preferences", "no_such_method"}

// unknownMax is more commands than any client has to leave open in a run.
const unknownMax = 200

// settle waits for the answers to what is under way. A command whose outcome is
// not known is repeated, as an application would: all those of the script
// change nothing when they are done already.
func (p *play) settle() error {
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		p.waiting = p.waiting[1:]
		raw, err := p.driver.answer(w.id)
		if err != nil {
			return err
		}
		result, failure := outcome(raw)
		if failure != nil && kindOf(failure) == "unknown_outcome" && slices.Contains(oneShot, w.turn.method) {
			if p.unknown++; p.unknown > unknownMax {
				return fmt.Errorf("%s was answered %s, and %d commands before", w.turn.method, failure, unknownMax)
			}
			if err := p.ana(w.turn); err != nil {
				return err
			}
			continue
		}
		if err := p.note(fmt.Sprintf("line %d, %s: ", w.turn.number, w.turn.method), result, failure); err != nil {
			return err
		}
	}
	return nil
}

func kindOf(failure jsontext.Value) string {
	var f struct {
		Kind string `json:"kind"`
	}
	if json.Unmarshal(failure, &f) != nil {
		return ""
	}
	return f.Kind
}

func (p *play) note(about string, result, failure jsontext.Value) error {
	value := result
	if failure != nil {
		about += "error "
		value = failure
	}
	text, err := p.normal.text(value)
	p.saw.answers = append(p.saw.answers, about+text)
	return err
}

// look adds the events, and what home shows in the end.
func (p *play) look() error {
	raw, err := p.driver.ask(map[string]any{"do": "home"})
	if err != nil {
		return err
	}
	result, failure := outcome(raw)
	if failure != nil {
		return fmt.Errorf("home: %s", failure)
	}
	seen, err := p.normal.sight(p.driver.events, result)
	p.shown, p.saw.events, p.saw.home = result, seen.events, seen.home
	return err
}
