package conformance

import (
	"context"
	"fmt"
	"slices"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json/jsontext"
)

func (p *player) expect(ctx context.Context, name, text string) error {
	return p.expectAny(ctx, name, []string{text})
}

// again sends what was sent last once more for each frame that matches a
// pattern. The first that does not is the next one to be expected.
func (p *player) again(ctx context.Context, name, text string) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.Wait)
	defer cancel()
	pattern, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	c := p.conns[name]
	for {
		frame, err := p.read(ctx, name)
		if err != nil {
			return err
		}
		if _, err := match(jsontext.Value(pattern), frame, p.vars.captured); err != nil {
			c.ahead = frame
			return nil
		}
		p.transcript.frame(name+"> ", c.last)
		if err := c.write(ctx, websocket.MessageText, c.last); err != nil {
			return err
		}
	}
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

func (p *player) expectClose(ctx context.Context, name string, codes []int) error {
	code, err := p.conns[name].closed(ctx)
	if err != nil {
		return err
	}
	p.transcript.note(fmt.Sprintf("%s< close %d", name, code))
	if !slices.Contains(codes, code) {
		return fmt.Errorf("closed with %d, want %v", code, codes)
	}
	return nil
}
