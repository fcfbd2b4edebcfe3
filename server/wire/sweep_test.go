package wire

import (
	"testing"
	"testing/synctest"
	"time"

	"asappchat/protocol"
)

func TestSilentPeerIsPingedAndThenClosedWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		conn.Admit(1 << 10)
		start := time.Now()
		c.want(framePing, "")
		within(t, time.Since(start), 25*time.Second, 30*time.Second)
		<-conn.Done()
		within(t, time.Since(start), 50*time.Second, 55*time.Second)
		for h.Len() > 0 {
			<-time.After(time.Second)
		}
		within(t, time.Since(start), 50*time.Second, time.Minute)
	})
}

func TestPeerThatAnswersPingsStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		c, conn := h.connect()
		conn.Admit(1 << 10)
		for start := time.Now(); time.Since(start) < time.Hour; {
			c.want(framePing, "")
			c.write(masked(fin|opPong, ""))
		}
		c.send("still here")
		c.want(frameText, "still here")
	})
}

func TestPeerIsNotSilentWhileItsMessageIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serve := make(chan struct{})
		h := startPiped(t, Options{}, func(c *Conn) Handler {
			return script{message: func(data []byte) { <-serve; c.Send(data) }}
		})
		c, conn := h.connect()
		conn.Admit(1 << 10)
		c.send("slow")
		<-time.After(10 * time.Minute)
		close(serve)
		c.want(frameText, "slow")
	})
}

func TestStalledReaderIsCutAndOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 1000}, echo)
		_, stalled := h.connect()
		good, goodConn := h.connect()
		goodConn.Admit(1 << 10)
		stalled.Send(make([]byte, 2000))
		start := time.Now()
		for h.Len() == 2 {
			good.send("x")
			good.want(frameText, "x")
			<-time.After(time.Second)
		}
		within(t, time.Since(start), 30*time.Second, 42*time.Second)
	})
}

func TestStalledReaderThatWakesUpIsToldToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		stick(conn)
		conn.Send([]byte("dropped"))
		<-conn.Done()
		c.want(frameText, "stuck")
		c.wantClose(protocol.CloseLagging)
	})
}

func TestSlowButSteadyReaderGetsAllBeforeTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{KeepAlive: time.Hour, LoginTimeout: time.Hour}, silent)
		c, conn := h.connect()
		for i := range 20 {
			conn.Send(append([]byte(number(i)), make([]byte, joinSize)...))
		}
		for i := range 20 {
			if i == 10 {
				conn.Close(protocol.CloseRestart, "")
			}
			<-time.After(4 * time.Second)
			c.want(frameText, number(i)+string(make([]byte, joinSize)))
		}
		c.wantClose(protocol.CloseRestart)
	})
}

func TestGraceBeginsWithTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		stick(conn)
		<-time.After(20 * time.Second)
		conn.Close(protocol.CloseRestart, "")
		<-time.After(4 * time.Second)
		c.want(frameText, "stuck")
		c.wantClose(protocol.CloseRestart)
	})
}

func TestIncompletePingEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		start := time.Now()
		c.write(masked(fin|opPing, "never finished")[:10])
		<-conn.Done()
		within(t, time.Since(start), 5*time.Second, 5*time.Second)
		c.wantEnd()
	})
}

func TestPeerThatDoesNotLogInIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{KeepAlive: time.Hour}, silent)
		late, _ := h.connect()
		_, inTime := h.connect()
		start := time.Now()
		inTime.Admit(1 << 10)
		late.wantClose(protocol.CloseIdle)
		within(t, time.Since(start), 120*time.Second, 122*time.Second)
		late.closeNormally()
		late.wantEnd()
		<-time.After(30 * time.Minute)
		if h.Len() != 1 {
			t.Error("the one that had logged in is gone")
		}
	})
}

func TestTimeToLogInIsShortWhenNewcomersAreMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Newcomers: 3}, silent)
		first, _ := h.connect()
		h.connect()
		start := time.Now()
		first.wantClose(protocol.CloseIdle)
		within(t, time.Since(start), 10*time.Second, 12*time.Second)
	})
}

func TestAdmitRaisesTheLimitOfTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{FirstReadLimit: 10}, func(c *Conn) Handler {
			return script{message: func(data []byte) { c.Admit(2000); c.Send(data) }}
		})
		c, _ := h.connect()
		c.send("login")
		c.want(frameText, "login")
		c.send(string(make([]byte, 2000)))
		c.want(frameText, string(make([]byte, 2000)))
		go c.net.Write(masked(fin|opText, string(make([]byte, 2001))))
		c.wantClose(protocol.CloseTooLarge)
	})
}
