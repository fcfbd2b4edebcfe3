package conformance

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

func (p *player) expect(ctx context.Context, name, text string) error {
	return p.expectAny(ctx, name, []string{text})
}

// expectTimes is expect, as often as the step says.
func (p *player) expectTimes(ctx context.Context, s Step) error {
	for range max(1, s.Form.Times) {
		if err := p.expect(ctx, s.Conn, s.Text); err != nil {
			return err
		}
	}
	return nil
}

// expectAny reads as many frames as there are patterns. Each frame takes the
// first pattern left that it matches.
func (p *player) expectAny(ctx context.Context, name string, texts []string) error {
	var patterns []jsontext.Value
	for _, t := range texts {
		text, err := p.vars.expand(t)
		if err != nil {
			return err
		}
		patterns = append(patterns, jsontext.Value(text))
	}
	for len(patterns) > 0 {
		frame, err := p.read(ctx, name)
		if err != nil {
			return fmt.Errorf("%w, want %s", err, shorten(string(patterns[0])))
		}
		if patterns, err = p.take(patterns, frame); err != nil {
			return err
		}
	}
	return nil
}

// take removes the pattern that a frame matches. The error is that of the
// first pattern.
func (p *player) take(patterns []jsontext.Value, frame jsontext.Value) ([]jsontext.Value, error) {
	var first error
	for i, pattern := range patterns {
		captured, err := match(pattern, frame, p.vars.captured)
		if err == nil {
			p.vars.captured = captured
			return slices.Delete(patterns, i, i+1), nil
		}
		if first == nil {
			first = fmt.Errorf("%w; the pattern: %s", err, shorten(string(pattern)))
		}
	}
	return patterns, first
}

func (p *player) expectClose(ctx context.Context, s Step) error {
	name, codes, c := s.Conn, s.Codes, p.conns[s.Conn]
	if s.Within != "" {
		d, err := p.milliseconds(s.Within)
		if err != nil {
			return err
		}
		c.wait = d
	}
	code, err := c.closed(ctx)
	if code > 0 {
		p.transcript.note(fmt.Sprintf("%s< close %d", name, code))
	}
	if err != nil {
		return err
	}
	if !slices.Contains(codes, code) {
		return fmt.Errorf("closed with %d, want %v", code, codes)
	}
	return nil
}

func (p *player) expectPong(ctx context.Context, name, text string) error {
	payload, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	if err := p.conns[name].pong(ctx, payload); err != nil {
		return fmt.Errorf("%w, want a pong with %q", err, shorten(payload))
	}
	p.transcript.frame(name+"< pong ", payload)
	return nil
}
