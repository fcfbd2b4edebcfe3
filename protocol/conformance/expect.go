package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

func (p *player) expect(ctx context.Context, name, text string) error {
	return p.expectAny(ctx, name, []string{text})
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

// expectClose waits for a close frame. The code 1006 stands for a connection that
// was cut without one, as in RFC 6455.
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
	if err != nil && slices.Contains(codes, cutOff) && errors.Is(err, errCut) {
		code, err = cutOff, nil
	}
	if err != nil {
		return err
	}
	p.transcript.note(fmt.Sprintf("%s< close %d", name, code))
	if !slices.Contains(codes, code) {
		return fmt.Errorf("closed with %d, want %v", code, codes)
	}
	return nil
}
