//lint:file-ignore SA1019 that this path is deprecated is why the test exists
package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"asappchat/server/servertest"
)

// The websocket package under its former path and the one that the server
// uses are one on the wire.
func TestClientOnNhooyr(t *testing.T) {
	s := servertest.New(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, s.URL, &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	exchanges := []struct{ request, answer string }{
		{`{"jsonrpc":"2.0","id":1,"method":"register","params":["ana"]}`, `"username":"ana"`},
		{`{"jsonrpc":"2.0","id":2,"method":"login","params":["ana"]}`, `"token":"t:`},
		{`{"jsonrpc":"2.0","id":3,"method":"subscribe"}`, `"reset":false`},
		{`{"jsonrpc":"2.0","id":4,"method":"send","params":["ana","hello"]}`, `"seq":1`},
		{"", `"change":"created"`},
		{"", `"body":"hello"`},
		{`{"jsonrpc":"2.0","id":5,"method":"history","params":["ana"]}`, `"last_seq":1`},
	}
	for _, e := range exchanges {
		if e.request != "" {
			if err := conn.Write(ctx, websocket.MessageText, []byte(e.request)); err != nil {
				t.Fatal(err)
			}
		}
		_, data, err := conn.Read(ctx)
		if err != nil || !strings.Contains(string(data), e.answer) {
			t.Fatalf("%s: %v %s, want %s", e.request, err, data, e.answer)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, "done"); err != nil {
		t.Errorf("close: %v", err)
	}
}
