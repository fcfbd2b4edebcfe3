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
	ws    *websocket.Conn
	wait  time.Duration
	last  string         // the text that was sent last
	ahead jsontext.Value // a frame that was read and is still expected, or nil
}

func dial(ctx context.Context, url string, header http.Header, wait time.Duration) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(frameMax)
	return &conn{ws: ws, wait: wait}, nil
}

func (c *conn) write(ctx context.Context, kind websocket.MessageType, frame string) error {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	return c.ws.Write(ctx, kind, []byte(frame))
}

// read returns the next frame, which has passed checkFrame or comes with its
// error. A connection that the server closed is an error with the code.
func (c *conn) read(ctx context.Context) (jsontext.Value, error) {
	within, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	kind, frame, err := c.ws.Read(within)
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

// closed reads the close frame that the server sends next and returns its
// code.
func (c *conn) closed(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	_, frame, err := c.ws.Read(ctx)
	if err == nil {
		return 0, fmt.Errorf("a frame instead of a close: %.200s", frame)
	}
	if code := websocket.CloseStatus(err); code >= 0 {
		return int(code), nil
	}
	return 0, fmt.Errorf("no close code: %w", err)
}
