package wire

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"asappchat/protocol"
)

func TestDismissedPeerThatDoesNotLogInAgainIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{KeepAlive: time.Hour}, echo)
		c, conn := h.connect()
		conn.Admit(1 << 10)
		<-time.After(30 * time.Minute)
		conn.Dismiss()
		start := time.Now()
		<-time.After(time.Minute)
		conn.Dismiss() // which wins no time
		c.send("still here")
		c.want(frameText, "still here")
		c.wantClose(protocol.CloseIdle)
		within(t, time.Since(start), 120*time.Second, 122*time.Second)
	})
}

func TestDismissedPeerThatLogsInAgainStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{KeepAlive: time.Hour}, echo)
		c, conn := h.connect()
		for range 3 {
			conn.Admit(1 << 10)
			<-time.After(10 * time.Minute)
			conn.Dismiss()
			<-time.After(110 * time.Second)
		}
		conn.Admit(1 << 10)
		<-time.After(10 * time.Minute)
		c.send("still here")
		c.want(frameText, "still here")
	})
}

func TestDismissLowersTheLimitOfTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{FirstReadLimit: 10}, func(c *Conn) Handler {
			return script{message: func(data []byte) {
				switch string(data) {
				case "login":
					c.Admit(2000)
				case "logout":
					c.Dismiss()
				}
				c.Send(data)
			}}
		})
		c, _ := h.connect()
		long := string(make([]byte, 2000))
		for range 2 {
			for _, message := range []string{"login", long, "logout", long[:10]} {
				c.send(message)
				c.want(frameText, message)
			}
		}
		go c.net.Write(masked(fin|opText, long))
		c.wantClose(protocol.CloseTooLarge)
	})
}

func TestDismissedPeerWithoutAPlaceIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Newcomers: 2}, echo)
		c, conn := h.connect()
		conn.Admit(1 << 10)
		newcomer, newcomerConn := h.connect()
		h.connect()
		newcomerConn.Dismiss() // it has its place
		conn.Dismiss()
		c.wantClose(protocol.CloseOverloaded)
		c.closeNormally()
		c.wantEnd()
		newcomer.send("still here")
		newcomer.want(frameText, "still here")
	})
}

func TestNewcomersStayCountedOverLoginsAndLogouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := netip.MustParseAddr("192.0.2.1")
		h := startPiped(t, Options{Newcomers: 50, NewcomersFrom: 10, Addr: func(*http.Request) netip.Addr { return from }}, silent)
		conns := make([]*Conn, 40)
		for i := range conns {
			_, conns[i] = h.connect()
			conns[i].Admit(1 << 10)
		}
		count := func(want int) {
			t.Helper()
			n := h.newcomers
			if n.total != want || n.from[from] != want || want == 0 && len(n.from) != 0 {
				t.Errorf("%d newcomers, by address %v, want %d", n.total, n.from, want)
			}
		}
		count(0)
		var all sync.WaitGroup
		for _, c := range conns {
			for range 3 {
				all.Go(func() { comeAndGo(c) })
			}
		}
		all.Wait()
		synctest.Wait()
		present := 0
		for _, c := range conns {
			if c.standing.isNewcomer() {
				present++
			}
		}
		count(present)
		for _, c := range conns {
			c.Abort(protocol.CloseRestart, "")
			c.socket.Conn.Close()
		}
		synctest.Wait()
		count(0)
		for _, c := range conns { // all gone
			c.Admit(1 << 10)
			c.Dismiss()
		}
		count(0)
	})
}

// comeAndGo logs in and out again and again, and may lose the connection.
func comeAndGo(c *Conn) {
	for range 100 {
		switch n := rand.N(500); {
		case n == 0:
			c.Abort(protocol.CloseAbuse, "")
			c.socket.Conn.Close()
		case n%2 == 0:
			c.Admit(1 << 10)
		default:
			c.Dismiss()
		}
	}
}
