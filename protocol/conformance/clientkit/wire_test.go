package clientkit

import (
	"runtime"
	"testing"

	"github.com/coder/websocket"
)

// When a wire has been closed nothing of it runs any more, whatever its client does:
// one that is silent, and one that says more than anybody reads.
func TestClosedWireHasEnded(t *testing.T) {
	for name, frames := range map[string]int{"silent": 0, "endless": 2 * framesMax} {
		t.Run(name, func(t *testing.T) {
			w, err := newWire()
			if err != nil {
				t.Fatal(err)
			}
			client, _, err := websocket.Dial(t.Context(), w.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseNow()
			c := <-w.calls
			for range frames {
				if err := client.Write(t.Context(), websocket.MessageText, []byte("{}")); err != nil {
					t.Fatal(err)
				}
			}
			for len(c.frames) < min(frames, framesMax) {
				runtime.Gosched()
			}
			w.close()
			for {
				select {
				case _, open := <-c.frames:
					if !open {
						return
					}
				default:
					t.Fatal("the connection is still served")
				}
			}
		})
	}
}
