package clientkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// scene is a case that is played: the kit is the server, and follows the lines.
// It is for one goroutine.
type scene struct {
	driver   *Driver
	wire     *wire
	story    *story
	captured map[string]string

	call   *call // the present one, nil before it is there and after it has ended
	logins int
	spoke  time.Time // when the kit sent something, or a little before
	early  time.Time // before then nothing may come
	opened bool
}

// slack is how much too early a client may be: its clock is not the kit's.
const slack = 2 * time.Millisecond

// playText plays a case, and returns its story.
func (k *kit) playText(ctx context.Context, t conformance.Text) (string, error) {
	return k.scene(ctx, func(s *scene) error {
		return s.lines(ctx, t)
	})
}

// scene sets up a scene, lets it be played, and holds that nothing is left over.
func (k *kit) scene(ctx context.Context, play func(*scene) error) (string, error) {
	w, err := newWire()
	if err != nil {
		return "", err
	}
	defer w.close()
	told := &story{}
	err = k.lend(ctx, func(d *Driver) error {
		d.reset(told)
		s := &scene{driver: d, wire: w, story: told, captured: map[string]string{}}
		err := play(s)
		return errors.Join(err, s.end(err == nil))
	})
	return told.String(), err
}

// lines plays the lines. Those in a group stand behind each other.
func (s *scene) lines(ctx context.Context, t conformance.Text) error {
	for i := 0; i < len(t.Lines); i++ {
		l := t.Lines[i]
		group := []string{l.Text}
		who, op, _ := cutStep(l.Text)
		for ; strings.HasSuffix(op, "*") && i+1 < len(t.Lines); i++ {
			if nextWho, nextOp, _ := cutStep(t.Lines[i+1].Text); nextWho != who || nextOp != op {
				break
			}
			group = append(group, t.Lines[i+1].Text)
		}
		if err := s.step(ctx, group); err != nil {
			return fmt.Errorf("%s:%d: %w", t.File, l.Number, err)
		}
	}
	return nil
}

// cutStep takes a line apart: "ana>* PATTERN" into ana, >* and the pattern.
func cutStep(text string) (who, op, rest string) {
	first, rest, _ := strings.Cut(text, " ")
	i := strings.IndexAny(first, "<>!=")
	if i < 0 {
		return first, "", rest
	}
	return first[:i], first[i:], rest
}

func (s *scene) step(ctx context.Context, group []string) error {
	who, op, rest := cutStep(group[0])
	switch {
	case who == "login":
		return s.login(ctx, rest)
	case who == "app" && op == ">":
		return s.command(rest)
	case who == "app" && (op == "<" || op == "<*"):
		return s.expect(group, s.told)
	case who == "ana" && op == ">" && strings.HasPrefix(rest, "close"):
		return s.expectClose(strings.TrimPrefix(rest, "close "))
	case who == "ana" && (op == ">" || op == ">*"):
		return s.expect(group, func(want string) (jsontext.Value, error) { return s.heard(ctx, want) })
	case who == "ana" && op == "<":
		return s.say(ctx, rest)
	case who == "ana" && op == "!" && rest == "drop":
		return s.drop()
	case who == "ana" && op == "=":
		return s.still(rest)
	}
	return fmt.Errorf("not a step: %s", group[0])
}

// command gives a command to the driver: a word, and members as JSON.
func (s *scene) command(text string) error {
	text, err := conformance.Expand(text, s.captured)
	if err != nil {
		return err
	}
	word, rest, _ := strings.Cut(text, " ")
	command := map[string]any{"do": word}
	switch word {
	case "call":
		method, params, _ := strings.Cut(rest, " ")
		command["method"], command["params"] = method, jsontext.Value(cmp.Or(params, "{}"))
		rest = ""
	case "open":
		command["url"], command["username"], command["backoff_ms"] = s.wire.url, "ana", []int{1, 20}
		s.opened = true
	}
	if err := change(command, rest); err != nil {
		return err
	}
	_, err = s.driver.do(command)
	return err
}

// change gives a command the members of an object, if there is one, and takes away
// those that are null.
func change(command map[string]any, object string) error {
	if object == "" {
		return nil
	}
	var more map[string]any
	if err := json.Unmarshal([]byte(object), &more); err != nil {
		return err
	}
	maps.Copy(command, more)
	maps.DeleteFunc(command, func(_ string, v any) bool { return v == nil })
	return nil
}
