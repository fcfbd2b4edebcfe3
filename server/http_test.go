package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"asappchat/protocol"
	"asappchat/server/wire"
)

// A client that holds its connection without a use for it loses it.
func TestHTTPConnectionsEnd(t *testing.T) {
	const get = "GET /healthz HTTP/1.1\r\nHost: chat\r\n"
	for name, test := range map[string]struct {
		sent   string
		reads  bool
		within time.Duration
	}{
		"kept alive":              {get + "\r\n", true, idleTimeout},
		"headers that never end":  {get, true, headerTimeout},
		"a body that never comes": {get + "Content-Length: 100\r\n\r\n", true, readTimeout},
		"an answer not read":      {get + "\r\n", false, writeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ends := serveHTTP(t)
				client, ended := ends.dial()
				start := time.Now()
				io.WriteString(client, test.sent)
				if test.reads {
					go io.Copy(io.Discard, client) // until the end of the connection
				}
				select {
				case <-ended:
				case <-time.After(time.Hour):
				}
				if took := time.Since(start); took > test.within+time.Second {
					t.Errorf("it ended after %v, want %v", took, test.within)
				}
				client.Close()
			})
		})
	}
}

func TestHTTPConnectionIsKeptForTheNextQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := serveHTTP(t).dial()
		defer client.Close()
		in := bufio.NewReader(client)
		for range 100 {
			io.WriteString(client, "GET /healthz HTTP/1.1\r\nHost: chat\r\n\r\n")
			answer, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, answer.Body)
			<-time.After(idleTimeout - time.Second)
		}
	})
}

// The timeouts of HTTP end where a websocket begins.
func TestWebsocketOutlivesTheTimeoutsOfHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := serveHTTP(t)
		dial := func(context.Context, string, string) (net.Conn, error) { client, _ := ends.dial(); return client, nil }
		ws, _, err := websocket.Dial(t.Context(), "ws://chat/", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := ws.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if _, got, err := ws.Read(t.Context()); err != nil || string(got) != "hello" {
				t.Fatalf("%q, %v", got, err)
			}
			<-time.After(10 * (readTimeout + writeTimeout + idleTimeout))
		}
		ws.Close(websocket.StatusNormalClosure, "")
	})
}

// serveHTTP serves over pipes until the test ends. Its websockets echo.
func serveHTTP(t *testing.T) pipes {
	conns := wire.NewServer(wire.Options{KeepAlive: 24 * time.Hour, LoginTimeout: 24 * time.Hour}, func(c *wire.Conn) wire.Handler { return echo{c} })
	web := newHTTP(&Server{wire: conns}, slog.New(slog.DiscardHandler))
	l := pipes{make(chan net.Conn), make(chan struct{})}
	go web.Serve(l) // until Close
	t.Cleanup(func() {
		web.Close()
		if err := conns.Close(context.Background(), protocol.CloseGoingAway, ""); err != nil {
			t.Error(err)
		}
	})
	return l
}

type echo struct{ conn *wire.Conn }

func (e echo) Message(data []byte) { e.conn.Send(data) }
func (e echo) Settle()             {}
func (e echo) Closed()             {}

// pipes is a listener in memory.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
}

// dial returns the client's end, and what is closed with the server's end.
func (p pipes) dial() (net.Conn, <-chan struct{}) {
	client, server := net.Pipe()
	ended := make(chan struct{})
	p.accept <- &endedConn{Conn: server, ended: ended}
	return client, ended
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// endedConn tells of its first Close.
type endedConn struct {
	net.Conn
	once  sync.Once
	ended chan struct{}
}

func (c *endedConn) Close() error {
	c.once.Do(func() { close(c.ended) })
	return c.Conn.Close()
}
