package load

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the other end of connections: a small server that is told what to do
// with each request. Its goroutines end with the connections.
type peer struct {
	ends []*end
	// answer says what happens after a request, in the peer's own time.
	answer func(p *peer, from int, n int64, body string)
	// stall, unless nil, is called before each reading.
	stall func(from int)
}

// end is one connection. Reading does not wait for writing.
type end struct {
	socket net.Conn
	mu     sync.Mutex
	queue  [][]byte
	poke   chan struct{}
}

// connect makes n connections to the peer, over pipes without any buffer.
func (p *peer) connect(t *testing.T, n int) []*Conn {
	conns := make([]*Conn, n)
	for i := range conns {
		here, there := net.Pipe()
		e := &end{socket: there, poke: make(chan struct{}, 1)}
		p.ends = append(p.ends, e)
		conns[i] = newConn(here)
		t.Cleanup(func() { there.Close(); here.Close() })
	}
	for i, e := range p.ends {
		gone := make(chan struct{})
		go func() { // until the connection is closed
			defer close(gone)
			p.read(i)
		}()
		go e.write(gone) // until the reading has ended
	}
	return conns
}

func (p *peer) read(from int) {
	in := bufio.NewReader(p.ends[from].socket)
	for {
		if p.stall != nil {
			p.stall(from)
		}
		message, err := readMasked(in)
		if err != nil {
			return
		}
		n := digits(message[len(answerPrefix):][:idDigits]) - firstID
		p.answer(p, from, n, string(message))
	}
}

// readMasked reads a frame of a client, whose mask is 0.
func readMasked(in *bufio.Reader) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	length := int(head[1] & 0x7f)
	if length == 126 {
		if _, err := io.ReadFull(in, head); err != nil {
			return nil, err
		}
		length = int(binary.BigEndian.Uint16(head))
	}
	payload := make([]byte, 4+length)
	_, err := io.ReadFull(in, payload)
	return payload[4:], err
}

func (e *end) write(gone chan struct{}) {
	for {
		e.mu.Lock()
		var next []byte
		if len(e.queue) > 0 {
			next, e.queue = e.queue[0], e.queue[1:]
		}
		e.mu.Unlock()
		if next != nil {
			if _, err := e.socket.Write(next); err != nil {
				return
			}
			continue
		}
		select {
		case <-e.poke:
		case <-gone:
			return
		}
	}
}

// send sends a message to a connection.
func (p *peer) send(to int, format string, args ...any) {
	e := p.ends[to]
	e.mu.Lock()
	message := fmt.Appendf(nil, format, args...)
	e.queue = append(e.queue, append(appendHeader(nil, textFrame, len(message), 0), message...))
	e.mu.Unlock()
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

func (p *peer) result(to int, n int64) {
	p.send(to, `{"jsonrpc":"2.0","id":%d,"result":{}}`, firstID+n)
}

// tell sends the event of message n of a sender.
func (p *peer) tell(to, sender int, n int64, request string) {
	stamp, err := readStamp([]byte(request))
	if err != nil {
		panic(err)
	}
	p.send(to, `{"jsonrpc":"2.0","method":"message","params":{"message":{"body":"%0*d %0*d %0*d"}}}`,
		stampDigits, stamp.due.Microseconds(), senderDigits, sender, numberDigits, n)
}

// pings are sources of requests without events.
func pings(t *testing.T, n int) []Source {
	sources := make([]Source, n)
	for i := range sources {
		var err error
		if sources[i], err = NewRequest("ping", struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	return sources
}

// drive makes a load in a bubble.
func driveInBubble(t *testing.T, conns []*Conn, sources []Source, shape Shape) *Drive {
	d := NewDrive(conns, sources, shape)
	d.sleep = time.Sleep
	t.Cleanup(d.Close)
	return d
}

// stalling is a peer that answers at once, but reads nothing for a second,
// from one second after now on.
func stalling() *peer {
	begun := time.Now()
	return &peer{
		answer: func(p *peer, from int, n int64, _ string) { p.result(from, n) },
		stall: func(int) {
			if at := time.Since(begun); at >= time.Second && at < 2*time.Second {
				time.Sleep(2*time.Second - at)
			}
		},
	}
}

// A stall of the server is in the times of all requests that were due
// meanwhile: with one in each millisecond, a second of it makes 900 requests
// late by more than 100 ms, 500 by more than half a second. Were times counted
// from when requests were made, there would be one or two.
func TestOpenLoopSeesAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := driveInBubble(t, stalling().connect(t, 1), pings(t, 1), Shape{})
		got, err := d.Round(t.Context(), Span{For: 4*time.Second - 500*time.Microsecond}, Pace{Senders: 1, Rate: 1000})
		if err != nil {
			t.Fatal(err)
		}
		over := func(h time.Duration) (n int64) {
			for _, bar := range got.Answered.Distribution() {
				if bar.From >= h.Microseconds() {
					n += bar.Count
				}
			}
			return n
		}
		if n := got.Answered.TotalCount(); n != 4000 {
			t.Errorf("%d requests in 4 s, 1000 a second", n)
		}
		if a, b := over(100*time.Millisecond), over(500*time.Millisecond); a < 895 || a > 905 || b < 495 || b > 505 {
			t.Errorf("%d requests took more than 100 ms, and %d more than 500", a, b)
		}
		if p50 := quantile(got.Answered, 50); p50 > time.Millisecond {
			t.Errorf("the half without a stall took %v", p50)
		}
	})
}

// A closed loop hides the same stall: that is why the report says which it was.
func TestClosedLoopHidesAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stalling()
		p.answer = func(p *peer, from int, n int64, _ string) {
			time.Sleep(time.Millisecond)
			p.result(from, n)
		}
		d := driveInBubble(t, p.connect(t, 1), pings(t, 1), Shape{})
		got, err := d.Round(t.Context(), Span{For: 4 * time.Second}, Pace{Senders: 1, InFlight: 1})
		if err != nil {
			t.Fatal(err)
		}
		if p99 := quantile(got.Answered, 99); p99 > 10*time.Millisecond {
			t.Errorf("p99 is %v", p99)
		}
		if longest := got.Answered.Max(); longest < 900_000 {
			t.Errorf("the longest took %d µs", longest)
		}
	})
}

// A sender that the server does not read holds up no other.
func TestStalledSenderIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stalling()
		stall := p.stall
		p.stall = func(from int) {
			if from == 0 {
				stall(from)
			}
		}
		d := driveInBubble(t, p.connect(t, 2), pings(t, 2), Shape{})
		got, err := d.Round(t.Context(), Span{For: 4 * time.Second}, Pace{Senders: 2, Rate: 2000})
		if err != nil {
			t.Fatal(err)
		}
		// An eighth of all was held up: a second of four, on one of two.
		if p85, p99 := quantile(got.Answered, 85), quantile(got.Answered, 99); p85 > time.Millisecond || p99 < 500*time.Millisecond {
			t.Errorf("p85 is %v, p99 %v", p85, p99)
		}
	})
}

// An interrupt ends a round with what there is, and with nothing in flight.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(p *peer, from int, n int64, _ string) { p.result(from, n) }}
		d := driveInBubble(t, p.connect(t, 1), pings(t, 1), Shape{})
		ctx, cancel := context.WithTimeout(t.Context(), 2995*time.Millisecond)
		defer cancel()
		got, err := d.Round(ctx, Span{WarmUp: 995 * time.Millisecond, For: time.Hour}, Pace{Senders: 1, Rate: 100})
		if err != context.DeadlineExceeded || got.Answered.TotalCount() != 200 || got.Faults.Err() != nil {
			t.Errorf("%v, %d answers, %v", err, got.Answered.TotalCount(), got.Faults)
		}
	})
}
