package wire

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"asappchat/protocol/alloctest"
)

// message is as long as the average line of a chat with what is around it.
var message = []byte(strings.Repeat("x", 200))

// BenchmarkOffer offers one shared frame to an outbox that is being flushed
// into nothing.
func BenchmarkOffer(b *testing.B) {
	o := &crowd(1)[0].outbox
	event := TextFrame(message)
	b.ReportAllocs()
	for b.Loop() {
		for !o.offer(event) {
			o.awaitFlushed()
		}
	}
	o.awaitFlushed()
}

// BenchmarkFlush16 queues 16 frames and flushes them in one write.
func BenchmarkFlush16(b *testing.B) {
	o := &crowd(1)[0].outbox
	event := TextFrame(message)
	b.ReportAllocs()
	for b.Loop() {
		for range 16 {
			o.offer(event)
		}
		o.awaitFlushed()
	}
}

// crowd is connections that are flushed into nothing.
func crowd(n int) []*Conn {
	conns := make([]*Conn, n)
	for i := range conns {
		conns[i] = new(Conn)
		conns[i].outbox.socket = sink{}
		conns[i].outbox.init(1 << 20)
	}
	return conns
}

// tell offers frames to connections, and waits until they have left.
func tell(conns []*Conn, frames [][]byte) {
	for _, c := range conns {
		c.OfferAll(frames)
	}
	for _, c := range conns {
		c.outbox.awaitFlushed()
	}
}

// BenchmarkOfferAll offers one frame, and 16, to a thousand connections, and
// has them flushed.
func BenchmarkOfferAll(b *testing.B) {
	for _, n := range []int{1, 16} {
		b.Run(fmt.Sprintf("frames=%d", n), func(b *testing.B) {
			conns, frames := crowd(1000), slices.Repeat([][]byte{TextFrame(message)}, n)
			b.ReportAllocs()
			for b.Loop() {
				tell(conns, frames)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(conns)*n), "ns/delivery")
		})
	}
}

// BenchmarkSend has one answer after another flushed.
func BenchmarkSend(b *testing.B) {
	c := crowd(1)[0]
	b.ReportAllocs()
	for b.Loop() {
		c.Send(message)
		c.outbox.awaitFlushed()
	}
}

// What begins to wait on a connection allocates the start of its flusher,
// however much it is. Frames are shared, and queues and what is joined are
// pooled. An answer is a frame of its own.
func TestOutboxAllocations(t *testing.T) {
	conns, frame := crowd(50), TextFrame(message)
	one, many := [][]byte{frame}, slices.Repeat([][]byte{frame}, 16)
	alloctest.AtMost(t, 100, 50, func() { tell(conns, one) })
	alloctest.AtMost(t, 100, 50, func() { tell(conns, many) })
	alloctest.AtMost(t, 100, 2, func() {
		conns[0].Send(message)
		conns[0].outbox.awaitFlushed()
	})
	alloctest.AtMost(t, 100, 1, func() {
		for range 16 {
			conns[0].Offer(frame)
		}
		conns[0].outbox.awaitFlushed()
	})
}

// BenchmarkEcho measures messages over loopback, with the client's work.
func BenchmarkEcho(b *testing.B) {
	for name, inFlight := range map[string]int{"one in flight": 1, "16 in flight": 16} {
		b.Run(name, func(b *testing.B) {
			h := startLoopback(b, Options{}, echo)
			c, _ := h.connect()
			requests := []byte(strings.Repeat(string(masked(fin|opText, string(message))), inFlight))
			answers := make([]byte, inFlight*len(TextFrame(message)))
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				c.write(requests)
				if _, err := io.ReadFull(c.in, answers); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*inFlight), "ns/message")
		})
	}
}

// BenchmarkIdle reports what a connection over loopback costs the process
// when it has served a message and is idle. The client's end costs a bare
// socket, which is measured alone and taken off.
func BenchmarkIdle(b *testing.B) {
	const n = 2000
	for b.Loop() {
		sockets := bareSockets(b, n)
		h := startLoopback(b, Options{}, echo)
		before := memory()
		clients := make([]net.Conn, n)
		in := bufio.NewReaderSize(nil, 4<<10)
		for i := range clients {
			clients[i] = idleClient(b, h, in)
		}
		b.ReportMetric(float64(memory()-before)/n-sockets, "B/conn")
		b.ReportMetric(float64(runtime.NumGoroutine())/n, "goroutines/conn")
		for _, c := range clients {
			c.Close()
		}
	}
}

// idleClient connects, sends one message and takes the answer.
func idleClient(b *testing.B, h *house, in *bufio.Reader) net.Conn {
	conn, err := h.dial()
	if err != nil {
		b.Fatal(err)
	}
	in.Reset(conn)
	c := &client{t: b, net: conn, in: in}
	c.request(handshake)
	c.send("hello")
	c.want(frameText, "hello")
	return conn
}

// bareSockets returns what the client end of a TCP connection costs in bytes.
func bareSockets(b *testing.B, n int) float64 {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	before := memory()
	conns := make([]net.Conn, 2*n)
	for i := 0; i < len(conns); i += 2 {
		if conns[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			b.Fatal(err)
		}
		if conns[i+1], err = l.Accept(); err != nil {
			b.Fatal(err)
		}
	}
	used := memory() - before
	for _, c := range conns {
		c.Close()
	}
	return float64(used) / float64(2*n)
}

// memory returns the bytes in use by heap and stacks.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// sink is a socket that takes everything.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error) { return len(p), nil }
