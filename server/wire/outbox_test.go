package wire

import (
	"strings"
	"testing"
	"testing/synctest"

	"asappchat/protocol"
)

// stick makes the server write a frame that the client does not read, so that
// what follows waits; the client must then want "stuck".
func stick(c *Conn) {
	c.Send([]byte("stuck"))
	synctest.Wait()
}

func TestWaitingFramesLeaveInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		stick(conn)
		before := h.listener.(*pipeListener).writes.Load()
		for i := range 100 {
			conn.Offer(TextFrame([]byte(number(i))))
		}
		c.want(frameText, "stuck")
		for i := range 100 {
			c.want(frameText, number(i))
		}
		if n := h.listener.(*pipeListener).writes.Load() - before; n != 1 {
			t.Errorf("100 waiting frames left in %d writes", n)
		}
	})
}

// What was put leaves with what comes next, or when it is told to.
func TestPutWaitsForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		writes := &h.listener.(*pipeListener).writes
		before := writes.Load()
		conn.Put([]byte("answer"))
		synctest.Wait()
		if n := writes.Load() - before; n != 0 {
			t.Fatalf("%d writes", n)
		}
		conn.Offer(TextFrame([]byte("event")))
		c.want(frameText, "answer")
		c.want(frameText, "event")
		conn.Put([]byte("alone"))
		conn.Flush()
		conn.Flush()
		c.want(frameText, "alone")
		if n := writes.Load() - before; n != 2 {
			t.Errorf("%d writes, want 2", n)
		}
	})
}

// Nothing is flushed once the connection is cut, whatever was put before.
func TestFlushAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		_, conn := h.connect()
		conn.Put([]byte("answer"))
		conn.outbox.cut()
		conn.Flush()
		if conn.outbox.flushing {
			t.Error("there is a flusher")
		}
	})
}

func TestOrderIsKeptAcrossSizesAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 1 << 30}, silent)
		c, conn := h.connect()
		message := func(i int) string { return number(i) + strings.Repeat("x", i*i%997*(i%7)*(i%31)) }
		go func() {
			for i := range 3000 {
				conn.Send([]byte(message(i)))
			}
		}()
		for i := range 3000 {
			c.want(frameText, message(i))
		}
	})
}

func TestControlFrameNeverLandsInsideADataFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, silent)
		c, conn := h.connect()
		long := strings.Repeat("x", 5*maxWrite)
		conn.Send([]byte(long))
		synctest.Wait() // it is begun
		conn.Send([]byte("next"))
		for i := range 10 { // the newest is answered
			c.write(masked(fin|opPing, number(i)))
			synctest.Wait()
		}
		c.closeNormally()
		c.want(frameText, long)
		c.want(fin|opPong, number(9))
		c.want(frameText, "next")
		c.want(frameClose, "\x03\xe8")
	})
}

func TestSlowReaderIsToldAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 10_000
		h := startPiped(t, Options{Outbox: bound}, silent)
		slow, slowConn := h.connect()
		quick, quickConn := h.connect()
		event, notice := TextFrame([]byte(strings.Repeat("x", 98))), TextFrame([]byte("lagging"))
		accepted := 0
		for range 1000 {
			if slowConn.Offer(event) {
				accepted++
			}
			if !quickConn.Offer(event) {
				t.Fatal("a slow reader takes another one's room")
			}
			quick.want(frameText, string(event[2:]))
			synctest.Wait()
		}
		if accepted != bound/len(event) {
			t.Errorf("%d frames of %d bytes accepted", accepted, len(event))
		}
		slowConn.OfferLast(notice)
		for range accepted {
			slow.want(frameText, string(event[2:]))
		}
		slow.want(frameText, "lagging")
		synctest.Wait() // for what was written to be counted
		if !slowConn.Offer(event) {
			t.Error("no room after everything was read")
		}
	})
}

// What may as well not be sent leaves half of the outbox to everything else.
func TestOfferSpareLeavesHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 1000}, silent)
		c, conn := h.connect()
		stick(conn)
		frame := TextFrame([]byte(strings.Repeat("x", 98)))
		n := 0
		for conn.OfferSpare(frame) {
			n++
		}
		if n != 4 {
			t.Errorf("%d frames of 100 bytes, behind one of 7", n)
		}
		for conn.Offer(frame) {
			n++
		}
		if n != 9 || conn.OfferSpare(frame) {
			t.Errorf("%d frames in all", n)
		}
		c.want(frameText, "stuck")
		for range n {
			c.want(frameText, strings.Repeat("x", 98))
		}
		synctest.Wait()
		conn.Abort(protocol.CloseNormal, "")
		if conn.OfferSpare(frame) {
			t.Error("taken after the end")
		}
	})
}

// Frames that are offered together are taken in their order, as many as there
// is room for.
func TestOfferAllTakesWhatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 1000}, silent)
		c, conn := h.connect()
		var frames [][]byte
		for i := range 15 {
			frames = append(frames, TextFrame([]byte(strings.Repeat(string(rune('a'+i)), 98))))
		}
		if n := conn.OfferAll(frames); n != 10 {
			t.Errorf("%d were taken", n)
		}
		for _, frame := range frames[:10] {
			c.want(frameText, string(frame[2:]))
		}
		synctest.Wait()
		if n := conn.OfferAll(frames[10:]); n != 5 {
			t.Errorf("then %d were taken", n)
		}
		for _, frame := range frames[10:] {
			c.want(frameText, string(frame[2:]))
		}
	})
}

func TestReaderIsPausedWhileItsOutboxIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := 0
		answer := strings.Repeat("x", 600)
		h := startPiped(t, Options{Outbox: 1000}, func(c *Conn) Handler {
			return script{message: func([]byte) { served++; c.Send([]byte(answer)) }}
		})
		c, _ := h.connect()
		go func() {
			for range 10 {
				c.net.Write(masked(fin|opText, strings.Repeat("q", 2*readBuffer)))
			}
		}()
		synctest.Wait()
		if served != 2 {
			t.Fatalf("%d requests were served with room for 2 answers", served)
		}
		for range 10 {
			c.want(frameText, answer)
		}
		if synctest.Wait(); served != 10 {
			t.Errorf("%d requests were served", served)
		}
	})
}

func TestReplayGoesAtTheReadersPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{Outbox: 1000}, silent)
		c, conn := h.connect()
		event := TextFrame([]byte(strings.Repeat("x", 98)))
		sent, failed := 0, 0
		go func() {
			for sent < 100 && conn.AwaitRoom() {
				if sent++; !conn.Offer(event) {
					failed++
				}
			}
		}()
		synctest.Wait()
		if sent != 5 {
			t.Errorf("%d events wait, want half of the bound", sent)
		}
		for range 100 {
			c.want(frameText, string(event[2:]))
		}
		if failed != 0 {
			t.Errorf("%d events did not fit", failed)
		}
	})
}

func TestIdleConnectionKeepsNoQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startPiped(t, Options{}, echo)
		c, conn := h.connect()
		c.send("x")
		c.want(frameText, "x")
		synctest.Wait()
		conn.outbox.mu.Lock()
		defer conn.outbox.mu.Unlock()
		if conn.outbox.queue != nil || conn.outbox.bytes != 0 || conn.outbox.flushing {
			t.Error("an idle connection keeps a queue or a flusher")
		}
	})
}
