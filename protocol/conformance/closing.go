package conformance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// closed reads the close frame that comes next and returns its code; 1005
// stands for none in it, 1006 for an end without it. It answers, and holds
// that the server then ends the connection and sends nothing more.
func (c *conn) closed(ctx context.Context) (int, error) {
	if len(c.texts) > 0 {
		return 0, fmt.Errorf("a frame instead of a close: %.200s", c.texts[0])
	}
	for {
		f, err := c.receive(ctx)
		switch {
		case errors.Is(err, errEnded):
			return closeNoFrame, nil
		case err != nil:
			return 0, fmt.Errorf("%w, want a close", err)
		case f.opcode == opClose:
			code, err := closeCode(f.payload)
			return code, errors.Join(err, c.ended(ctx, f.payload))
		case f.opcode != opPong:
			return 0, fmt.Errorf("a frame instead of a close: %.200s", f.payload)
		}
	}
}

// ended answers a close with its code, unless ours came first, and waits for
// the end that the server owes then (RFC 6455, section 7.1.1).
func (c *conn) ended(ctx context.Context, payload []byte) error {
	if !c.closing {
		c.closing = true
		if err := c.send(ctx, opClose, payload[:min(2, len(payload))]); err != nil {
			return err
		}
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	if _, err := readFirst(c.in); err == nil {
		return errors.New("the server sent something after its close frame")
	} else if err := c.explain(ctx, err); !errors.Is(err, errEnded) {
		return fmt.Errorf("the server has to end the connection after both closes: %w", err)
	}
	return nil
}

// close closes as a client does that is done: what still comes is not looked
// at.
func (c *conn) close(ctx context.Context) error {
	const normal = 1000
	c.closing = true
	if err := c.send(ctx, opClose, binary.BigEndian.AppendUint16(nil, normal)); err != nil {
		return err
	}
	for {
		f, err := c.receive(ctx)
		if err != nil {
			return err
		}
		if f.opcode != opClose {
			continue
		}
		code, err := closeCode(f.payload)
		if err == nil && code != normal {
			err = fmt.Errorf("a close with %d was answered with %d", normal, code)
		}
		return errors.Join(err, c.ended(ctx, nil))
	}
}
