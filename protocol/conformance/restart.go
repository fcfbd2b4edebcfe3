package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// restart restarts the server. The connections with the names of kept stay as they
// are, so that the case sees how they end; all others are cut before.
func (p *player) restart(ctx context.Context, kept []string) error {
	for _, name := range slices.Clone(p.order) {
		if !slices.Contains(kept, name) {
			p.forget(name)
		}
	}
	p.transcript.note(strings.TrimSpace("restart " + strings.Join(kept, " ")))
	var reading sync.WaitGroup
	for _, name := range kept {
		if c := p.conns[name]; c != nil {
			reading.Go(func() { c.readToEnd(ctx) }) // ends with its connection, or when nothing comes
		}
	}
	err := p.options.Restart(ctx)
	reading.Wait()
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	return p.options.awaitAnswer(ctx)
}

// readToEnd keeps what comes until the connection ends, and answers the close: a
// server that stops may wait for whom it has said goodbye to.
func (c *conn) readToEnd(ctx context.Context) {
	var texts [][]byte
	for {
		frame, err := c.read(ctx)
		if err == nil {
			texts = append(texts, frame)
			continue
		}
		if f := c.back; f != nil && !c.closing {
			c.closing = true
			c.send(ctx, opClose, f.payload[:min(2, len(f.payload))])
		}
		break
	}
	c.texts = texts
}

const (
	restartWait  = 30 * time.Second       // how long a server may take to come back
	restartRetry = 100 * time.Millisecond // between two looks
)

// awaitAnswer waits until somebody answers at the address.
func (o Options) awaitAnswer(ctx context.Context) error {
	deadline := time.Now().Add(restartWait)
	for {
		err := o.answers(ctx)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(restartRetry):
		case <-ctx.Done():
		}
	}
}
