package load

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each thing that a server can get wrong is found, and counted.
func TestFaults(t *testing.T) {
	good := func(p *peer, from int, n int64, request string) {
		p.result(from, n)
		p.tell(from, from, n, request)
		p.tell(from^1, from, n, request)
	}
	for name, c := range map[string]struct {
		instead func(p *peer, from int, n int64, request string) // of message 7 of user 0
		want    Faults
	}{
		"nothing": {good, Faults{}},
		"lost": {func(p *peer, from int, n int64, request string) {
			p.result(from, n)
			p.tell(from, from, n, request)
		}, Faults{Lost: 1}},
		"doubled": {func(p *peer, from int, n int64, request string) {
			good(p, from, n, request)
			p.tell(from^1, from, n, request)
		}, Faults{Doubled: 1}},
		"another in its place": {func(p *peer, from int, n int64, request string) {
			p.result(from, n)
			p.tell(from, from, n, request)
			p.tell(from^1, from, n-1, request)
		}, Faults{Lost: 1, Doubled: 1}},
		"to somebody else": {func(p *peer, from int, n int64, request string) {
			good(p, from, n, request)
			p.tell(2, from, n, request)
		}, Faults{Stray: 1}},
		"of a refused message": {func(p *peer, from int, n int64, request string) {
			p.send(from, `{"jsonrpc":"2.0","id":%d,"error":{"code":429,"message":"slow","data":{"kind":"rate_limited","retry_after_ms":30}}}`, firstID+n)
			p.tell(from, from, n, request)
			p.tell(from^1, from, n, request)
		}, Faults{Stray: 2}},
		"unanswered": {func(p *peer, from int, n int64, request string) {}, Faults{Unanswered: 1}},
		"answered twice": {func(p *peer, from int, n int64, request string) {
			good(p, from, n, request)
			p.result(from, n)
		}, Faults{StrangeAnswers: 1}},
		"an answer to nothing": {func(p *peer, from int, n int64, request string) {
			good(p, from, n, request)
			p.result(from, n+1_000_000)
		}, Faults{StrangeAnswers: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			for loop, pace := range map[string]Pace{"open": {Senders: 4, Rate: 100}, "closed": {Senders: 4, InFlight: 3}} {
				synctest.Test(t, func(t *testing.T) {
					p := &peer{answer: func(p *peer, from int, n int64, request string) {
						time.Sleep(10 * time.Millisecond)
						if from == 0 && n == 7 {
							c.instead(p, from, n, request)
						} else {
							good(p, from, n, request)
						}
					}}
					sources := make([]Source, 4)
					for i := range sources {
						sources[i], _ = NewSend(i, "peer")
					}
					d := driveInBubble(t, p.connect(t, 4), sources, Shape{Copies: 2, Pairs: true})
					got, _ := d.Round(t.Context(), Span{For: time.Second}, pace)
					if diff := cmp.Diff(c.want, got.Faults); diff != "" {
						t.Error(loop, diff)
					}
					if (got.Failed() == nil) != (name == "nothing") {
						t.Error(loop, got.Failed())
					}
				})
			}
		})
	}
}

// In a group the first sends, and in a closed loop a message is in flight until
// everybody has it.
func TestHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(p *peer, from int, n int64, request string) {
			p.result(from, n)
			p.tell(0, from, n, request)
			time.Sleep(100 * time.Millisecond)
			p.tell(1, from, n, request)
		}}
		source, err := NewSend(0, "group")
		if err != nil {
			t.Fatal(err)
		}
		d := driveInBubble(t, p.connect(t, 2), []Source{source}, Shape{Copies: 2, Held: 1})
		got, err := d.Round(t.Context(), Span{For: time.Second + time.Millisecond}, Pace{Senders: 1, InFlight: 1})
		if err != nil || got.Failed() != nil {
			t.Fatal(err, got.Failed())
		}
		// One in each 100 ms, and the one that was under way in the end.
		if n := got.Delivered.TotalCount(); n != 11 {
			t.Errorf("%d were delivered", n)
		}
		if p50 := quantile(got.Delivered, 50).Round(time.Millisecond); p50 != 100*time.Millisecond {
			t.Errorf("p50 is %v", p50)
		}
	})
}

// A refused request is repeated in a closed loop when the server says so, and
// counted by kind.
func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(p *peer, from int, n int64, _ string) {
			time.Sleep(time.Millisecond)
			if n%2 == 1 {
				p.send(from, `{"id":%d,"error":{"code":429,"message":"slow","data":{"kind":"rate_limited","retry_after_ms":499}},"jsonrpc":"2.0"}`, firstID+n)
				return
			}
			p.result(from, n)
		}}
		d := driveInBubble(t, p.connect(t, 1), pings(t, 1), Shape{})
		got, err := d.Round(t.Context(), Span{For: 10 * time.Second}, Pace{Senders: 1, InFlight: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := []Refusal{{Kind: "rate_limited", Message: "slow", Count: 20, RetryAfterMS: 499}}
		if diff := cmp.Diff(want, got.Refusals); diff != "" {
			t.Error(diff)
		}
		if err := got.Failed(); err == nil || !strings.Contains(err.Error(), "20 requests were refused: rate_limited") {
			t.Error(err)
		}
	})
}
