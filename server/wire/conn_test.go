package wire

import (
	"context"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"asappchat/protocol"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestEveryLengthIsEchoed(t *testing.T) {
	h := startLoopback(t, Options{FirstReadLimit: 1 << 20}, echo)
	ctx := context.Background()
	ws, _, err := websocket.Dial(ctx, "ws://"+h.listener.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(-1)
	for _, n := range []int{0, 1, 125, 126, 127, 1023, 1024, 1 << 14, 1<<16 - 1, 1 << 16, 1<<16 + 1, 200_000} {
		want := strings.Repeat("é", n/2) + strings.Repeat("x", n%2)
		if err := ws.Write(ctx, websocket.MessageText, []byte(want)); err != nil {
			t.Fatal(err)
		}
		kind, got, err := ws.Read(ctx)
		if err != nil || kind != websocket.MessageText || string(got) != want {
			t.Fatalf("%d bytes: got %d, %v, %v", n, len(got), kind, err)
		}
	}
	if err := ws.Close(websocket.StatusNormalClosure, "done"); err != nil {
		t.Error(err)
	}
}

func TestOverTLS(t *testing.T) {
	present := make(chan *Conn, 1)
	s := NewServer(Options{}, func(c *Conn) Handler { present <- c; return echo(c) })
	web := httptest.NewTLSServer(s)
	defer web.Close()
	ctx := context.Background()
	ws, _, err := websocket.Dial(ctx, web.URL, &websocket.DialOptions{HTTPClient: web.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Write(ctx, websocket.MessageText, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ws.Read(ctx); err != nil || string(got) != "secret" {
		t.Fatalf("%q, %v", got, err)
	}
	(<-present).Close(protocol.CloseRestart, "restart")
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != websocket.StatusServiceRestart {
		t.Error(err)
	}
	if err := s.Close(ctx, protocol.CloseGoingAway, ""); err != nil {
		t.Error(err)
	}
}

func TestFrameSentWithTheHandshakeIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		c, _ := h.connect(append(masked(fin|opText, "early"), masked(fin|opText, "bird")...)...)
		c.want(frameText, "early")
		c.want(frameText, "bird")
	})
}

func TestFragmentsAreOneMessageAndPingsMayComeBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		c, _ := h.connect()
		c.write(masked(opText, "caf\xc3"))
		c.write(masked(fin|opPing, "are you there"))
		c.want(fin|opPong, "are you there")
		c.write(masked(fin|opContinuation, "\xa9"))
		c.want(frameText, "café")
	})
}

func TestMessageCutOffIsNotServed(t *testing.T) {
	for name, sent := range map[string][]byte{
		"between fragments": masked(opText, "{}"),
		"within a frame":    masked(fin|opText, strings.Repeat("x", 3000))[:2<<10+8],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				h := startPiped(t, Options{}, func(*Conn) Handler {
					return script{message: func(data []byte) { got = append(got, string(data)) }}
				})
				c, conn := h.connect()
				c.write(sent)
				c.net.Close()
				<-conn.Done()
				synctest.Wait()
				if len(got) != 0 || h.Len() != 0 {
					t.Errorf("served %.40q; %d connections left", got, h.Len())
				}
			})
		})
	}
}

func TestCloseByThePeerIsAnsweredAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		h := startPiped(t, Options{}, func(*Conn) Handler {
			return script{
				message: func(data []byte) { calls = append(calls, string(data)) },
				closed:  func() { calls = append(calls, "closed") },
			}
		})
		c, conn := h.connect()
		c.send("last words")
		c.closeNormally()
		c.wantClose(protocol.CloseNormal)
		c.wantEnd()
		<-conn.Done()
		synctest.Wait()
		if diff := cmp.Diff([]string{"last words", "closed"}, calls); diff != "" {
			t.Error(diff)
		}
		if conn.Offer(TextFrame(nil)) || conn.AwaitRoom() {
			t.Error("a closed connection takes frames")
		}
	})
}

func TestPanicClosesOneConnectionAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Logger: quiet}, func(c *Conn) Handler {
			return script{message: func(data []byte) {
				if string(data) == "bug" {
					panic("a bug")
				}
				c.Send(data)
			}}
		})
		bad, _ := h.connect()
		good, _ := h.connect()
		bad.send("bug")
		bad.wantClose(protocol.CloseInternal)
		bad.closeNormally()
		bad.wantEnd()
		good.send("still here")
		good.want(frameText, "still here")
	})
}

func TestClosedConnectionIsForgotten(t *testing.T) {
	h := startLoopback(t, Options{}, silent)
	c, conn := h.connect()
	forgotten := make(chan struct{})
	runtime.AddCleanup(conn, func(gone chan struct{}) { close(gone) }, forgotten)
	conn = nil
	c.net.Close()
	for {
		select {
		case <-forgotten:
			return
		default:
			runtime.GC()
		}
	}
}
