package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"asappchat/protocol"
)

func TestDrainTellsThePresentAndRefusesTheNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		var clients []*client
		for range 10 {
			c, _ := h.connect()
			clients = append(clients, c)
		}
		h.Drain(func(c *Conn) { c.Send([]byte("draining")) })
		if status := h.ask(handshake); status != http.StatusServiceUnavailable {
			t.Errorf("new connection while draining: status %d", status)
		}
		for _, c := range clients {
			c.want(frameText, "draining")
			c.send("in hand")
			c.want(frameText, "in hand")
		}
		closed := make(chan error)
		go func() { closed <- h.Close(t.Context(), protocol.CloseRestart, "restart") }()
		for _, c := range clients {
			c.wantClose(protocol.CloseRestart)
			c.closeNormally()
			c.wantEnd()
		}
		if err := <-closed; err != nil || h.Len() != 0 {
			t.Errorf("%v, %d connections left", err, h.Len())
		}
	})
}

func TestHandshakeThatEndsWhileDrainingIsClosedForRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		conn, err := h.dial()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, handshake)
		synctest.Wait() // the server waits for its answer to be read
		h.Drain(func(*Conn) { t.Error("told of a connection that is not there") })
		answer := make([]byte, 1<<10)
		n, _ := io.ReadAtLeast(conn, answer, 1)
		if !strings.Contains(string(answer[:n]), " 101 ") {
			t.Fatalf("%q", answer[:n])
		}
		n, _ = conn.Read(answer)
		if want := string(closeFrame(protocol.CloseRestart, "draining")); string(answer[:n]) != want {
			t.Errorf("got %q, want %q", answer[:n], want)
		}
		conn.Close()
	})
}

func TestCloseGivesUpWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := startPiped(t, Options{}, func(*Conn) Handler { return script{message: func([]byte) { <-release }} })
		c, _ := h.connect()
		c.send("for ever")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Close(ctx, protocol.CloseRestart, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(release)
		if err := h.Close(t.Context(), protocol.CloseRestart, ""); err != nil {
			t.Error(err)
		}
	})
}

// A restart is as fast as those who are connected answer the close: no timer of
// the server's is waited for. The bubble's clock stands still while anybody works.
func TestCloseWaitsForPeersAndNothingElse(t *testing.T) {
	for _, present := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			h := startPiped(t, Options{}, silent)
			<-time.After(time.Second) // the sweep is amidst its rest
			for range present {
				c, _ := h.connect()
				go func() { // until the server has closed
					c.wantClose(protocol.CloseRestart)
					c.write(masked(fin|opClose, "\x03\xf4"))
					c.wantEnd()
				}()
			}
			start := time.Now()
			h.Drain(func(c *Conn) { c.Close(protocol.CloseRestart, "restart") })
			if err := h.Close(t.Context(), protocol.CloseRestart, "restart"); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("with %d connections it took %v", present, took)
			}
		})
	}
}

func TestRequestsThatAreNoHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Origins: []string{"*.example.com", "https://one.example.org:8443"}}, silent)
		origin := func(o string) string { return strings.Replace(handshake, "\r\n\r\n", "\r\nOrigin: "+o+"\r\n\r\n", 1) }
		for name, test := range map[string]struct {
			request string
			want    int
		}{
			"plain GET":                {"GET / HTTP/1.1\r\nHost: chat\r\n\r\n", http.StatusUpgradeRequired},
			"POST":                     {strings.Replace(handshake, "GET", "POST", 1), http.StatusMethodNotAllowed},
			"old version":              {strings.Replace(handshake, "Version: 13", "Version: 8", 1), http.StatusUpgradeRequired},
			"no origin":                {handshake, http.StatusSwitchingProtocols},
			"own host":                 {origin("https://chat"), http.StatusSwitchingProtocols},
			"host in the list":         {origin("https://web.example.com"), http.StatusSwitchingProtocols},
			"address in the list":      {origin("https://one.example.org:8443"), http.StatusSwitchingProtocols},
			"another scheme":           {origin("http://one.example.org:8443"), http.StatusForbidden},
			"another port":             {origin("https://one.example.org"), http.StatusForbidden},
			"foreign":                  {origin("https://example.com.evil.org"), http.StatusForbidden},
			"opaque":                   {origin("null"), http.StatusForbidden},
			"compression is not taken": {strings.Replace(handshake, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1), http.StatusSwitchingProtocols},
		} {
			if got := h.ask(test.request); got != test.want {
				t.Errorf("%s: status %d, want %d", name, got, test.want)
			}
		}
	})
}

func TestNewcomersAreBounded(t *testing.T) {
	var from netip.Addr
	opts := Options{
		Newcomers: 4, NewcomersFrom: 2,
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Addr:    func(*http.Request) netip.Addr { return from },
	}
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, opts, silent)
		connect := func(addr string) *Conn { from = netip.MustParseAddr(addr); _, c := h.connect(); return c }
		refused := func(addr string) {
			t.Helper()
			from = netip.MustParseAddr(addr)
			if status := h.ask(handshake); status != http.StatusServiceUnavailable {
				t.Errorf("%s: status %d", addr, status)
			}
		}
		connect("2001:db8::1")
		one := connect("2001:db8::2")
		refused("2001:db8::3")
		one.Admit(1)
		one.Admit(1)
		connect("2001:db8::3")
		refused("2001:db8::4")
		connect("10.0.0.1")
		last := connect("10.0.0.1")
		refused("10.0.0.1")
		last.Abort(protocol.CloseAbuse, "")
		last.socket.Conn.Close()
		synctest.Wait()
		connect("10.0.0.1")
	})
}

// ask makes a request on a connection of its own and returns the status.
func (h *house) ask(request string) int {
	h.t.Helper()
	conn, err := h.dial()
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	c := newClient(h.t, conn)
	return c.request(request)
}

// Who comes waits for those who shake hands, and not for ever.
func TestHandshakesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		for range cap(h.turns) {
			h.turns <- struct{}{}
		}
		var connected atomic.Bool
		go func() {
			h.connect()
			connected.Store(true)
		}()
		synctest.Wait()
		if connected.Load() {
			t.Error("connected out of turn")
		}
		for range cap(h.turns) {
			<-h.turns
		}
		synctest.Wait()
		if !connected.Load() {
			t.Error("not connected in turn")
		}
	})
}

// Each gives its turn back, whatever becomes of the handshake.
func TestTurnsAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		foreign := strings.Replace(handshake, "\r\n\r\n", "\r\nOrigin: https://elsewhere.example\r\n\r\n", 1)
		for range cap(h.turns) + 1 {
			h.connect()
			conn, err := h.dial()
			if err != nil {
				t.Fatal(err)
			}
			c := newClient(t, conn)
			if status := c.request(foreign); status != http.StatusForbidden {
				t.Fatalf("status %d", status)
			}
			conn.Close()
		}
		synctest.Wait() // an answer leaves before its turn ends
		if n := len(h.turns); n != 0 {
			t.Errorf("%d turns are taken", n)
		}
	})
}
