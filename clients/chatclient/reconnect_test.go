package chatclient

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

// cutConn is a connection that breaks after so many bytes in both directions.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	left int
	used int
}

func (c *cutConn) pass(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, c.left)
	c.left -= n
	c.used += n
	return n
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if passed := c.pass(n); passed < n {
		c.Conn.Close()
		return passed, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *cutConn) Write(p []byte) (int, error) {
	passed := c.pass(len(p))
	n, err := c.Conn.Write(p[:passed])
	if passed < len(p) {
		c.Conn.Close()
		return n, io.ErrClosedPipe
	}
	return n, err
}

const (
	uncut = 1 << 30
	steps = 10
)

// converse holds a conversation over a server whose first connection breaks
// after cut bytes, and returns what the application saw: the answers to its
// sends, and the messages it was told. used is how many bytes went over that
// connection.
func converse(t *testing.T, cut int) (seen []string, used int) {
	f := newFake(t)
	var first *cutConn
	f.dial = func(n int, conn net.Conn) net.Conn {
		if n > 1 {
			return conn
		}
		first = &cutConn{Conn: conn, left: cut}
		return first
	}
	c, err := Dial(t.Context(), "ws://fake", f.options())
	if err != nil {
		c, err = Dial(t.Context(), "ws://fake", f.options())
	}
	must(t, err)
	defer c.Close()
	f.post("hello ana")
	seen = append(seen, hear(t, c, 1)...)
	for i := range steps {
		pending := []*Pending[protocol.SendResult]{}
		for j := range 2 {
			body := fmt.Sprintf("ana %d.%d", i, j)
			pending = append(pending, Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: body}))
		}
		for _, p := range pending {
			result, err := p.Wait()
			must(t, err)
			seen = append(seen, fmt.Sprintf("stored %d", result.Seq))
		}
		f.post(fmt.Sprintf("bo %d", i))
		seen = append(seen, hear(t, c, 3)...)
		_, err := Call(t.Context(), c, protocol.Ping, protocol.Empty{})
		must(t, err)
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	return seen, first.used
}

// everyByte makes the test below try all places, which takes a minute.
var everyByte = flag.Bool("every-byte", false, "cut the connection after every byte of the conversation")

func TestWhatIsSeenDoesNotDependOnWhereTheConnectionIsCut(t *testing.T) {
	var want []string
	var length int
	synctest.Test(t, func(t *testing.T) { want, length = converse(t, uncut) })
	step := 41
	if *everyByte {
		step = 1
	}
	for cut := 0; cut < length && !t.Failed(); cut += step {
		synctest.Test(t, func(t *testing.T) {
			got, _ := converse(t, cut)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("cut after %d of %d bytes (-uncut +cut):\n%s", cut, length, diff)
			}
		})
	}
}

// closeAfter makes the first connections close with a code when a message is
// sent on them, after it was stored and before it is answered.
func closeAfter(f *fake, connections int, code protocol.CloseCode) {
	f.on = func(c *fakeConn, r fakeRequest) bool {
		if c.n > connections || r.Method != "send" {
			return false
		}
		silent := &fakeConn{f: f, ws: nil}
		silent.send(r)
		c.close(code)
		return true
	}
}

func TestCloseCodes(t *testing.T) {
	for code, want := range map[protocol.CloseCode]string{
		1000: "comes back", 1001: "comes back", 1011: "comes back", 1012: "comes back",
		1013: "comes back", 4000: "comes back", 4003: "comes back", 4999: "comes back",
		1003: "fails the call", 1007: "fails the call", 1009: "fails the call",
		4001: "gives up", 4008: "gives up", 4002: "logs in anew",
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { closeCode(t, code, want) })
		})
	}
}

func closeCode(t *testing.T, code protocol.CloseCode, want string) {
	f := newFake(t)
	closeAfter(f, 1, code)
	c := dial(t, f.options())
	result, err := say(t.Context(), c, "hello")
	_, later := Call(t.Context(), c, protocol.Users, protocol.UsersParams{})
	var closed *CloseError
	switch want {
	case "comes back", "logs in anew":
		if err != nil || !result.Duplicate || len(f.log) != 1 {
			t.Errorf("%+v, %v; %d messages", result, err, len(f.log))
		}
		if byToken := f.tokens[0] == "t1" && f.logins == 2 && f.tokens[1] == "t2"; byToken == (want == "logs in anew") {
			t.Errorf("after %d logins the tokens are %v", f.logins, f.tokens)
		}
	case "fails the call":
		if !errors.As(err, &closed) || closed.Code != code || later != nil {
			t.Errorf("got %v, then %v", err, later)
		}
	case "gives up":
		if !errors.As(err, &closed) || !errors.As(later, &closed) || closed.Code != code || f.dials != 1 {
			t.Errorf("got %v, then %v, in %d connections", err, later, f.dials)
		}
	}
}

func TestAnExpiredTokenWithoutANameIsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 1, protocol.CloseExpired)
		o := f.options()
		o.Credentials = Credentials{Token: "t0"}
		c := dial(t, o)
		var closed *CloseError
		if _, err := say(t.Context(), c, "hello"); !errors.As(err, &closed) || closed.Code != protocol.CloseExpired {
			t.Errorf("got %v", err)
		}
		for _, err := range c.Events(t.Context()) {
			if !errors.As(err, &closed) {
				t.Errorf("events end with %v", err)
			}
		}
	})
}

func TestJitterIsFullAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		const failures = 400
		f.dial = func(n int, conn net.Conn) net.Conn {
			if n > 1 && n < failures {
				return nil
			}
			return conn
		}
		closeAfter(f, 1, protocol.CloseInternal)
		o := f.options()
		o.Backoff = Backoff{Base: time.Second, Cap: 10 * time.Second}
		delays := []time.Duration{}
		o.OnRetry = func(_ error, delay time.Duration) { delays = append(delays, delay) }
		_, err := say(t.Context(), dial(t, o), "hello")
		must(t, err)
		low, high := 0, 0
		for i, d := range delays {
			ceiling := min(time.Second<<min(i, 10), o.Backoff.Cap)
			if d < 0 || d > ceiling {
				t.Errorf("delay %d is %v, of at most %v", i, d, ceiling)
			}
			if d < ceiling/4 {
				low++
			}
			if d > ceiling-ceiling/4 {
				high++
			}
		}
		if low < failures/8 || high < failures/8 {
			t.Errorf("of %d delays, %d in the lowest quarter and %d in the highest", len(delays), low, high)
		}
	})
}

func TestAnAnnouncedRestartIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if c.n > 1 || r.Method != "send" {
				return false
			}
			c.notify("draining", protocol.DrainingEvent{DelayMS: 7000})
			c.refuse(r, protocol.Errorf(protocol.Draining, "draining"))
			c.close(protocol.CloseRestart)
			return true
		}
		o := f.options()
		var delays []time.Duration
		o.OnRetry = func(_ error, delay time.Duration) { delays = append(delays, delay) }
		_, err := say(t.Context(), dial(t, o), "hello")
		must(t, err)
		if diff := cmp.Diff([]time.Duration{7 * time.Second}, delays); diff != "" {
			t.Error(diff)
		}
	})
}

func TestARefusedHandshakeIsTriedAgainWhenTheServerSays(t *testing.T) {
	for header, want := range map[string]time.Duration{"7": 7 * time.Second, "": 0, "-1": 0, "99999999": maxDelay, "tomorrow": 0} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			f.full = map[int]string{2: header}
			o := f.options()
			var told []time.Duration
			o.OnRetry = func(err error, delay time.Duration) {
				var full *HandshakeError
				if errors.As(err, &full) && full.Status == "503 Service Unavailable" {
					told = append(told, delay-full.RetryAfter)
				}
				if full != nil && full.RetryAfter != want {
					t.Errorf("Retry-After %q is %v, want %v", header, full.RetryAfter, want)
				}
			}
			c := dial(t, o)
			f.open[0].close(protocol.CloseRestart)
			_, err := say(t.Context(), c, "hello")
			must(t, err)
			if len(told) != 1 || told[0] < 0 || told[0] > time.Second {
				t.Errorf("Retry-After %q: %d refusals", header, len(told))
			}
		})
	}
}

func TestAnIdleClientComesBackWhenItHasSomethingToSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.open[0].close(protocol.CloseIdle)
		time.Sleep(time.Hour) // of the bubble's clock
		if f.dials != 1 {
			t.Errorf("%d connections, with nothing to say", f.dials)
		}
		if _, err := say(t.Context(), c, "hello"); err != nil || f.dials != 2 {
			t.Errorf("%v in %d connections", err, f.dials)
		}
	})
}

func TestASilentConnectionIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool { return c.n == 1 && r.Method == "ping" }
		c := dial(t, f.options())
		time.Sleep(2 * time.Minute) // of the bubble's clock: 30 s quiet, 30 s without an answer
		if _, err := say(t.Context(), c, "hello"); err != nil || f.dials != 2 {
			t.Errorf("%v in %d connections", err, f.dials)
		}
	})
}

func TestAnotherVersionOfTheProtocolIsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool {
			switch {
			case c.n == 2 && r.Method == "login":
				c.reply(r, protocol.LoginResult{Protocol: "0"})
				return true
			case r.Method == "send":
				c.close(protocol.CloseRestart)
				return true
			}
			return false
		}
		if _, err := say(t.Context(), dial(t, f.options()), "hello"); !errors.Is(err, ErrVersion) {
			t.Errorf("got %v", err)
		}
	})
}
