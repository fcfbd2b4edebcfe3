package clientkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// expect holds what comes next against patterns, each of which is for one.
func (s *scene) expect(group []string, next func(want string) (jsontext.Value, error)) error {
	var patterns []string
	for _, text := range group {
		_, _, pattern := cutStep(text)
		patterns = append(patterns, pattern)
	}
	for len(patterns) > 0 {
		text, err := next(patterns[0])
		if err != nil {
			return err
		}
		if patterns, err = s.take(patterns, text); err != nil {
			return err
		}
	}
	return nil
}

// take takes away the pattern that a text matches. The error is that of the
// first.
func (s *scene) take(patterns []string, text jsontext.Value) ([]string, error) {
	var first error
	for i, p := range patterns {
		expanded, err := conformance.Expand(p, s.captured)
		if err != nil {
			return nil, err
		}
		captured, err := conformance.Match(jsontext.Value(expanded), text, s.captured)
		if err == nil {
			s.captured = captured
			return append(patterns[:i:i], patterns[i+1:]...), nil
		}
		if first == nil {
			first = fmt.Errorf("%w; the pattern: %s", err, expanded)
		}
	}
	return nil, first
}

// told returns the next line of the driver.
func (s *scene) told(want string) (jsontext.Value, error) {
	l, err := s.driver.next()
	if err != nil {
		return nil, fmt.Errorf("%w, want %s", err, want)
	}
	return l.raw, nil
}

// heard returns the next frame of the client, which is a request. Pings are
// answered on the way, unless one is wanted.
func (s *scene) heard(ctx context.Context, want string) (jsontext.Value, error) {
	limit := time.After(s.driver.wait)
	for {
		f, err := s.frame(limit, want)
		switch {
		case err != nil:
			return nil, err
		case f.end != "":
			s.call = nil
			return nil, fmt.Errorf("%s, want %s", f.end, want)
		}
		if err := s.call.request(f.text); err != nil {
			return nil, err
		}
		if !isPing(f.text) || strings.Contains(want, `"ping"`) {
			return f.text, nil
		}
		if err := s.say(ctx, `{"result":{"at":"2026-11-23T10:00:00.000Z"}}`); err != nil {
			return nil, err
		}
	}
}

func isPing(text jsontext.Value) bool {
	var r struct {
		Method string `json:"method"`
	}
	return json.Unmarshal(text, &r) == nil && r.Method == "ping"
}

// frame waits for what comes next from the client, on a new connection when
// there is none.
func (s *scene) frame(limit <-chan time.Time, want string) (frame, error) {
	if s.call == nil {
		select {
		case s.call = <-s.wire.calls:
			s.story.note("ana> ", []byte("connects"))
			if err := s.tooEarly(s.call.at); err != nil {
				return frame{}, err
			}
		case <-limit:
			return frame{}, fmt.Errorf("the client does not connect, want %s", want)
		}
	}
	select {
	case f := <-s.call.frames:
		s.story.note("ana> ", append([]byte(f.end), f.text...))
		return f, s.tooEarly(f.at)
	case <-limit:
		return frame{}, fmt.Errorf("it did not come from the client within %v, want %s", s.driver.wait, want)
	}
}

func (s *scene) tooEarly(at time.Time) error {
	if early := s.early.Sub(at); early > slack {
		return fmt.Errorf("the client is %v too early", early)
	}
	return nil
}

// expectClose expects the client to close the connection, with one of some codes
// if any are named.
func (s *scene) expectClose(codes string) error {
	f, err := s.frame(time.After(s.driver.wait), "close "+codes)
	if err != nil {
		return err
	}
	s.call = nil
	if f.end == "" || codes != "" && codes != "close" && !strings.Contains("|"+codes+"|", fmt.Sprintf("|%d|", f.code)) {
		return fmt.Errorf("%s%s, want close %s", f.end, f.text, codes)
	}
	return nil
}

// still says that nothing comes: "away 40", not before so many milliseconds have
// passed since the kit said something; "quiet 60", while the kit waits.
func (s *scene) still(text string) error {
	var word string
	var ms int
	if _, err := fmt.Sscanf(text, "%s %d", &word, &ms); err != nil || word != "away" && word != "quiet" {
		return fmt.Errorf("not a step: ana= %s", text)
	}
	s.early = s.spoke.Add(time.Duration(ms) * time.Millisecond)
	if word == "away" {
		return nil
	}
	var frames chan frame
	if s.call != nil {
		frames = s.call.frames
	}
	timer := time.NewTimer(time.Until(s.early))
	defer timer.Stop()
	select {
	case <-s.wire.calls:
		return errors.New("the client makes a connection")
	case f := <-frames:
		return fmt.Errorf("the client sends %s%s", f.end, f.text)
	case <-timer.C:
		return nil
	}
}
