package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// sendMany sends without reading. The transcript shows the first frame.
func (p *player) sendMany(ctx context.Context, s Step) error {
	c := p.conns[s.Conn]
	for i := range s.Count {
		frame, err := p.vars.expand(numbered(s.Text, i+1))
		if err != nil {
			return err
		}
		if i == 0 {
			p.transcript.frame(fmt.Sprintf("%s>*%d ", s.Conn, s.Count), frame)
		}
		if err := c.send(ctx, opText, []byte(frame)); err != nil {
			return fmt.Errorf("frame %d: %w", i+1, err)
		}
	}
	return nil
}

// expectMany reads frames as long as they match, and keeps the first that does
// not for the next step, as it does the end of the connection. The transcript
// shows how many there were and the last.
func (p *player) expectMany(ctx context.Context, s Step) error {
	var last jsontext.Value
	name, text := s.Conn, s.Text
	c, n := p.conns[name], 0
	defer func() {
		p.transcript.frame(fmt.Sprintf("%s<+ %d frames, the last: ", name, n), string(last))
		if s.Capture != "" {
			p.vars.captured[s.Capture] = strconv.Itoa(n)
		}
	}()
	for {
		pattern, err := p.vars.expand(text)
		if err != nil {
			return err
		}
		frame, err := c.read(ctx)
		switch {
		case n > 0 && (c.back != nil || errors.Is(err, errEnded)):
			return nil
		case err != nil:
			return fmt.Errorf("%w, after %d frames like %s", err, n, shorten(pattern))
		}
		captured, err := match(jsontext.Value(pattern), frame, p.vars.captured)
		if err != nil {
			c.texts = slices.Insert(c.texts, 0, []byte(frame))
			if n == 0 {
				return fmt.Errorf("%w; the pattern: %s", err, shorten(pattern))
			}
			return nil
		}
		p.vars.captured = captured
		last = frame
		n++
	}
}

// againAfter lies between the repetitions of a step: the dearest request, a search,
// then stays within the rate that is the default.
const againAfter = 50 * time.Millisecond

// again sends what was sent last once more for each frame that matches a
// pattern, and keeps the first that does not for the next step. A repetition that is
// refused for being one too many is repeated as well, when the refusal says.
func (p *player) again(ctx context.Context, name, text string) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.Wait)
	defer cancel()
	pattern, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	c := p.conns[name]
	for n := 0; ; n++ {
		frame, err := c.read(ctx)
		if err != nil {
			return fmt.Errorf("%w, after %s", err, shorten(c.last))
		}
		wait := retryAfter(frame)
		if _, err := match(jsontext.Value(pattern), frame, p.vars.captured); err != nil && (n == 0 || wait == 0) {
			c.texts = slices.Insert(c.texts, 0, []byte(frame))
			return nil
		}
		p.transcript.frame(name+"< ", string(frame))
		if err := sleep(ctx, max(againAfter, wait)); err != nil {
			return fmt.Errorf("%w, after %s", err, shorten(string(frame)))
		}
		p.transcript.frame(name+"> ", c.last)
		if err := c.send(ctx, opText, []byte(c.last)); err != nil {
			return err
		}
	}
}

// retryAfter returns after which time an answer asks for a repetition, 0 when it
// does not.
func retryAfter(frame jsontext.Value) time.Duration {
	data := find(children(find(children(frame), "error")), "data")
	ms, err := strconv.ParseInt(string(find(children(data), "retry_after_ms")), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// sleep waits, or returns why the context has ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// expectPing waits until the server pings. Frames are read meanwhile, as a
// client must; when the ping has come, the answer to a request of the player's
// ends that.
func (p *player) expectPing(ctx context.Context, s Step) error {
	d, err := p.milliseconds(s.Within)
	if err != nil {
		return err
	}
	c := p.conns[s.Conn]
	defer func(wait time.Duration) { c.wait, c.pinged = wait, nil }(c.wait)
	c.wait = d
	var failed error
	pings := 0
	c.pinged = func() {
		if pings++; pings == 1 {
			p.transcript.note(s.Conn + "< ping")
			failed = c.send(ctx, opText, []byte(`{"jsonrpc":"2.0","id":"pinged","method":"ping"}`))
		}
	}
	if err := p.expect(ctx, s.Conn, `{"id":"pinged","result":{"at":"<time>"}}`); err != nil {
		return fmt.Errorf("no ping: %w", err)
	}
	return failed
}
