package wire

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"asappchat/protocol"
)

var quiet = slog.New(slog.DiscardHandler)

func TestWhatIsRefusedClosesWithItsCode(t *testing.T) {
	const limit = 1000
	long := strings.Repeat("x", limit+1)
	tests := map[string]struct {
		sent []byte
		want protocol.CloseCode
	}{
		"binary":                        {masked(fin|opBinary, "x"), 1003},
		"not UTF-8":                     {masked(fin|opText, "a\xffb"), 1007},
		"surrogate in UTF-8":            {masked(fin|opText, "\xed\xa0\x80"), 1007},
		"not UTF-8 across fragments":    {append(masked(opText, "\xc3"), masked(fin|opContinuation, "x")...), 1007},
		"reason is not UTF-8":           {masked(fin|opClose, "\x03\xe8\xff"), 1007},
		"too large":                     {masked(fin|opText, long), 1009},
		"too large in fragments":        {append(masked(opText, long[:600]), masked(fin|opContinuation, long[:600])...), 1009},
		"announced larger than memory":  {append([]byte{fin | opText, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, long...), 1009},
		"negative length":               {append([]byte{fin | opText, 0xff, 0xff}, long...), 1002},
		"unmasked":                      {TextFrame([]byte("x")), 1002},
		"reserved bit":                  {masked(fin|0x40|opText, "x"), 1002},
		"unknown opcode":                {masked(fin|0x3, "x"), 1002},
		"unknown control opcode":        {masked(fin|0xB, "x"), 1002},
		"continuation of nothing":       {masked(fin|opContinuation, "x"), 1002},
		"message within a message":      {append(masked(opText, "x"), masked(fin|opText, "y")...), 1002},
		"ping in fragments":             {masked(opPing, "x"), 1002},
		"ping of 126 bytes":             {masked(fin|opPing, long[:126]), 1002},
		"close with half a code":        {masked(fin|opClose, "\x03"), 1002},
		"close with a reserved code":    {masked(fin|opClose, "\x03\xed"), 1002},
		"close without a code":          {masked(fin|opClose, ""), 1005},
		"close with an application's":   {masked(fin|opClose, "\x0f\xa1bye"), 4001},
		"limit is allowed, close after": {append(masked(fin|opText, long[:limit]), masked(fin|opClose, "\x03\xe8")...), 1000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := startPiped(t, Options{FirstReadLimit: limit}, silent)
				c, conn := h.connect()
				go c.net.Write(test.sent)
				c.wantClose(test.want)
				c.wantEnd()
				<-conn.Done()
			})
		})
	}
}

func TestCloseTellsHowLargeAMessageMayBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{FirstReadLimit: 1000}, silent)
		c, conn := h.connect()
		go c.net.Write(masked(fin|opText, strings.Repeat("x", 1001)))
		f, err := c.receive()
		if got := string(f.payload[min(2, len(f.payload)):]); err != nil || got != "the message has more than 1000 bytes" {
			t.Errorf("%q, %v", got, err)
		}
		c.wantEnd()
		<-conn.Done()
	})
}

func TestCloseFrameReachesAClientThatGoesOnSending(t *testing.T) {
	h := startLoopback(t, Options{Grace: time.Hour}, func(c *Conn) Handler {
		return script{message: func([]byte) { c.Close(protocol.CloseAbuse, "enough") }}
	})
	for want, first := range map[protocol.CloseCode][]byte{
		protocol.CloseAbuse:       masked(fin|opText, "x"),
		protocol.CloseUnsupported: masked(fin|opBinary, "x"),
	} {
		c, _ := h.connect()
		c.write(first)
		chunk := masked(fin|opText, strings.Repeat("x", 8<<10))
		for range 2000 { // 16 MiB, more than any socket buffer
			c.write(chunk)
		}
		c.wantClose(want)
		c.wantEnd()
	}
}

func TestCloseSendsWhatIsQueuedAndNothingAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		for i := range 100 {
			conn.Send([]byte(number(i)))
		}
		conn.Close(protocol.CloseRestart, strings.Repeat("é", 100))
		conn.Send([]byte("too late"))
		conn.OfferLast(TextFrame([]byte("too late")))
		for i := range 100 {
			c.want(frameText, number(i))
		}
		c.want(frameClose, "\x03\xf4"+strings.Repeat("é", 61))
		c.closeNormally()
		c.wantEnd()
	})
}

func TestAbortDropsWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 10 << 20}, silent)
		c, conn := h.connect()
		long := strings.Repeat("x", 3*maxWrite)
		conn.Send([]byte(long)) // begun, and stuck in the pipe
		synctest.Wait()
		for range 100 {
			conn.Send([]byte("secret"))
		}
		conn.Abort(protocol.CloseRevoked, "")
		c.want(frameText, long)
		c.want(frameClose, "\x0f\xa1")
		c.closeNormally()
		c.wantEnd()
	})
}

func TestCloseFromManyGoroutinesIsOneClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		h := startPiped(t, Options{}, func(*Conn) Handler { return script{closed: func() { closed++ }} })
		c, conn := h.connect()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { conn.Close(protocol.CloseRestart, "restart") })
			all.Go(func() { conn.Abort(protocol.CloseRestart, "restart") })
			all.Go(func() { conn.Send([]byte("x")) })
			all.Go(func() { conn.AwaitRoom() })
		}
		c.wantClose(protocol.CloseRestart)
		all.Wait()
		c.closeNormally()
		c.wantEnd()
		synctest.Wait()
		if closed != 1 {
			t.Errorf("Closed was called %d times", closed)
		}
	})
}

func TestPeerThatDoesNotAnswerACloseIsCutAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		start := time.Now()
		conn.Close(protocol.CloseRestart, "")
		c.wantClose(protocol.CloseRestart)
		io.Copy(io.Discard, c.in)
		within(t, time.Since(start), 5*time.Second, 5*time.Second+2*sweepEvery)
	})
}

func within(t *testing.T, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("took %v, want %v to %v", got, low, high)
	}
}

// slow is a Handler that answers each message when it is told to, from another
// goroutine, as the server answers commands that have to be stored.
func slow(answer <-chan struct{}) func(*Conn) Handler {
	return func(c *Conn) Handler {
		var inHand sync.WaitGroup
		return script{
			message: func(data []byte) {
				message := string(data)
				inHand.Go(func() {
					<-answer
					c.Send([]byte("answer to " + message))
				})
			},
			settle: inHand.Wait,
		}
	}
}

func TestWhatCameBeforeTheCloseIsAnsweredFirst(t *testing.T) {
	tests := map[string]struct {
		sent []byte
		want protocol.CloseCode
	}{
		"a close":             {masked(fin|opClose, "\x03\xe8"), protocol.CloseNormal},
		"a close and a ping":  {append(masked(fin|opClose, "\x03\xe8"), masked(fin|opPing, "late")...), protocol.CloseNormal},
		"a close and a text":  {append(masked(fin|opClose, "\x03\xe8"), masked(fin|opText, "late")...), protocol.CloseNormal},
		"a binary message":    {masked(fin|opBinary, "x"), protocol.CloseUnsupported},
		"what is not UTF-8":   {masked(fin|opText, "\xff"), protocol.CloseInvalidData},
		"too large a message": {masked(fin|opText, strings.Repeat("x", 1001)), protocol.CloseTooLarge},
		"what is no frame":    {masked(fin|0x3, "x"), closeProtocolError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan struct{})
				h := startPiped(t, Options{FirstReadLimit: 1000}, slow(answer))
				c, conn := h.connect()
				go c.net.Write(append(masked(fin|opText, "one"), test.sent...))
				synctest.Wait()
				conn.Send([]byte("an event"))
				c.want(frameText, "an event")
				close(answer)
				c.want(frameText, "answer to one")
				c.wantClose(test.want)
				c.wantEnd()
				<-conn.Done()
			})
		})
	}
}

func TestCloseIsAnsweredAfterTheGraceWhateverIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		defer close(answer)
		h := startPiped(t, Options{}, slow(answer))
		c, conn := h.connect()
		c.send("one")
		start := time.Now()
		c.closeNormally()
		for time.Since(start) < 4*time.Second { // what else is written is no reason to wait longer
			conn.Send([]byte("an event"))
			c.want(frameText, "an event")
			time.Sleep(time.Second)
		}
		c.wantClose(protocol.CloseNormal)
		within(t, time.Since(start), 5*time.Second, 5*time.Second+2*sweepEvery)
		c.wantEnd()
	})
}

// The server's close takes nothing back of what the peer is to be told.
func TestFirstReasonForTheEndIsTold(t *testing.T) {
	tests := map[string]struct {
		sent []byte
		want protocol.CloseCode
	}{
		"a close":             {masked(fin|opClose, "\x03\xe8"), protocol.CloseNormal},
		"too large a message": {masked(fin|opText, strings.Repeat("x", 1001)), protocol.CloseTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan struct{})
				defer close(answer)
				h := startPiped(t, Options{FirstReadLimit: 1000}, slow(answer))
				c, conn := h.connect()
				c.send("one")
				go c.net.Write(test.sent)
				synctest.Wait()
				conn.Close(protocol.CloseRestart, "") // waits for nothing in hand
				c.wantClose(test.want)
				c.wantEnd()
			})
		})
	}
}

// A deadline that passes while what is in hand is answered is none any more.
func TestNoDeadlineTakesThePlaceOfAPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		h := startPiped(t, Options{LoginTimeout: 10 * time.Second, Grace: 8 * time.Second}, slow(answer))
		c, _ := h.connect()
		<-time.After(8 * time.Second)
		c.send("one")
		c.closeNormally()
		<-time.After(5 * time.Second)
		close(answer)
		c.want(frameText, "answer to one")
		c.wantClose(protocol.CloseNormal)
		c.wantEnd()
	})
}

// A peer that may see nothing more is told why, whatever was before.
func TestAbortTakesThePlaceOfAPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		defer close(answer)
		h := startPiped(t, Options{}, slow(answer))
		c, conn := h.connect()
		c.send("one")
		c.closeNormally()
		synctest.Wait()
		conn.Abort(protocol.CloseRevoked, "")
		c.wantClose(protocol.CloseRevoked)
		c.wantEnd()
	})
}
