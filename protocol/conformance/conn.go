package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json/jsontext"
)

// frameMax bounds a frame of the server, in bytes.
const frameMax = 4 << 20

// conn is one connection of a case, used by the goroutine of the case alone.
// Every operation ends within wait.
type conn struct {
	ws   *websocket.Conn
	wait time.Duration
	kept []jsontext.Value // read, and left for the next steps
	end  error            // how the connection ended, once a read has shown it
	// pinged is called, while a frame is read, when the server pings.
	pinged func()
}

func dial(ctx context.Context, url string, header http.Header, wait time.Duration) (*conn, error) {
	return dialBy(ctx, url, header, wait, nil)
}

// dialBy is dial by way of an HTTP client, the default one if nil.
func dialBy(ctx context.Context, url string, header http.Header, wait time.Duration, client *http.Client) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	c := &conn{wait: wait}
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, HTTPClient: client,
		OnPingReceived: func(context.Context, []byte) bool {
			if c.pinged != nil {
				c.pinged()
			}
			return true
		}})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(frameMax)
	c.ws = ws
	return c, nil
}

func (c *conn) write(ctx context.Context, kind websocket.MessageType, frame string) error {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	return c.ws.Write(ctx, kind, []byte(frame))
}

// read returns the next frame, which has passed checkFrame or comes with its
// error. A connection that the server closed is an error with the code.
func (c *conn) read(ctx context.Context) (jsontext.Value, error) {
	if len(c.kept) > 0 {
		frame := c.kept[0]
		c.kept = c.kept[1:]
		return frame, nil
	}
	within, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	kind, frame, err := c.next(within)
	switch {
	case err == nil && kind == websocket.MessageBinary:
		return frame, errors.New("the server sent a binary frame")
	case err == nil:
		return frame, checkFrame(frame)
	case websocket.CloseStatus(err) >= 0:
		return nil, fmt.Errorf("the server closed with %d", websocket.CloseStatus(err))
	case within.Err() != nil && ctx.Err() == nil:
		return nil, fmt.Errorf("nothing came within %v", c.wait)
	}
	return nil, fmt.Errorf("the connection broke: %w", err)
}

// next reads a message, or says again how the connection ended.
func (c *conn) next(ctx context.Context) (websocket.MessageType, []byte, error) {
	if c.end != nil {
		return 0, nil, c.end
	}
	kind, frame, err := c.ws.Read(ctx)
	c.end = err
	return kind, frame, err
}

// closed reads the close frame that the server sends next and returns its
// code.
func (c *conn) closed(ctx context.Context) (int, error) {
	if len(c.kept) > 0 {
		return 0, fmt.Errorf("a frame instead of a close: %.200s", c.kept[0])
	}
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	_, frame, err := c.next(ctx)
	if err == nil {
		return 0, fmt.Errorf("a frame instead of a close: %.200s", frame)
	}
	if code := websocket.CloseStatus(err); code >= 0 {
		return int(code), nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return 0, fmt.Errorf("no close within %v", c.wait)
	}
	return 0, fmt.Errorf("no close code: %w (%w)", errCut, err)
}

// cutOff is the code of a connection that ended without a close frame.
const cutOff = int(websocket.StatusAbnormalClosure)

var errCut = errors.New("the connection was cut")
