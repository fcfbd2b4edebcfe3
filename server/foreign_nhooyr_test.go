//lint:file-ignore SA1019 that this path is deprecated is why the client exists
package server_test

import (
	"context"

	"nhooyr.io/websocket"
)

// nhooyr is the websocket package that the server uses, under its former path.
// It offers compression, which the server does not take.
type nhooyr struct{ *websocket.Conn }

func dialNhooyr(ctx context.Context, url string) (goPeer, error) {
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	return &byHand{frames: nhooyr{conn}}, err
}

func (n nhooyr) read(ctx context.Context) ([]byte, error) {
	_, data, err := n.Conn.Read(ctx)
	return data, err
}

func (n nhooyr) write(ctx context.Context, data []byte) error {
	return n.Conn.Write(ctx, websocket.MessageText, data)
}

func (n nhooyr) Close() error { return n.Conn.Close(websocket.StatusNormalClosure, "done") }
