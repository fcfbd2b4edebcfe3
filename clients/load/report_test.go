package load

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.5: "0.500", 1: "1.00", 99.96: "100", 999.4: "999", 999.6: "1.00k", 12_345: "12.3k", 999_600: "1.00M"} {
		if got := figure(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 µs", 417 * time.Microsecond: "417 µs", 28_512 * time.Microsecond: "28.5 ms", 90 * time.Second: "90.0 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	for want, p := range map[string]Progress{
		"opening accounts 3 of 50":                        {Doing: "opening accounts", Done: 3, Of: 50},
		"warming up     1 s  0/s  in flight 12  errors 0": {Doing: "warming up", Step: 1, Steps: 1, Elapsed: time.Second, InFlight: 12},
		"step 2/5, measuring    12 s  48.1k/s  in flight 1600  p50 28.5 ms  p99 45.6 ms  errors 7": {
			Doing: "measuring", Step: 2, Steps: 5, Elapsed: 12 * time.Second, PerSecond: 48_123, InFlight: 1600,
			P50: 28_500 * time.Microsecond, P99: 45_600 * time.Microsecond, Errors: 7,
		},
		"measuring     3 s  200/s  in flight 2  rate-limited 5  errors 0": {Doing: "measuring", Step: 1, Steps: 1, Elapsed: 3 * time.Second, PerSecond: 200, InFlight: 2, RateLimited: 5},
		"alive 9 of 10     3 s  0/s  in flight 0  errors 1":               {Doing: "alive", Step: 1, Steps: 1, Done: 9, Of: 10, Elapsed: 3 * time.Second, Errors: 1},
	} {
		if diff := cmp.Diff(want, p.String()); diff != "" {
			t.Error(diff)
		}
	}
}

// A terminal has one line, which goes in the end; anything else gets a line
// every five seconds.
func TestPrinter(t *testing.T) {
	show := func(terminal bool) string {
		var out strings.Builder
		synctest.Test(t, func(t *testing.T) {
			p := NewPrinter(&out, terminal)
			for range 11 {
				time.Sleep(watchEvery)
				p.Show(Progress{Doing: "opening accounts"})
			}
			p.Clear()
		})
		return out.String()
	}
	if diff := cmp.Diff(strings.Repeat(clearLine+"opening accounts", 11)+clearLine, show(true)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("opening accounts\n", show(false)); diff != "" {
		t.Error(diff)
	}
}

func TestTable(t *testing.T) {
	h := NewTimes()
	for us := range int64(1000) {
		h.RecordValue(us + 1)
	}
	stretch := Stretch{
		Took: 2 * time.Second, Answers: 3000, Events: 6000, Answered: h, Delivered: h, Late: h,
		Refusals: []Refusal{{Kind: protocol.RateLimited, Message: "sending too fast", Count: 4, RetryAfterMS: 120}},
		Faults:   Faults{Lost: 2},
	}
	r := &Report{
		Scenario: Send, URL: "ws://host", Flags: Flags{Clients: 50},
		ServerInfo: protocol.ServerInfoResult{Server: protocol.Server{Name: "chatd", Version: "1"}},
		Steps: []*Step{
			newStep(Ping, Pace{Senders: 50, InFlight: 32}, Stretch{Took: time.Second, Answers: 10, Answered: h, Delivered: NewTimes(), Late: NewTimes()}),
			newStep(Send, Pace{Senders: 50, Rate: 1500}, stretch),
		},
	}
	var got strings.Builder
	if err := r.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	want := `send, 50 connections, chatd 1 at ws://host

load                    offered  achieved  until      p50     p90     p99     p99.9   max      rate-limited  errors
closed, 1600 in flight  –        10.0/s    answered   500 µs  900 µs  990 µs  999 µs  1.00 ms  0             0
open                    1.50k/s  1.50k/s   answered   500 µs  900 µs  990 µs  999 µs  1.00 ms  4             2
open                    1.50k/s  3.00k/s   delivered  500 µs  900 µs  990 µs  999 µs  1.00 ms  4             2

step 1 is a closed loop: a request waits for an answer to an earlier one, so a stall of the server is in few times. Its quantiles are no promise for a given rate; see --rate.
step 2: the load itself was late: p50 500 µs, p99 990 µs, which is in all times.
step 2: refused 4 times rate_limited (sending too fast), told to wait up to 120 ms
step 2: WRONG: 2 messages were lost
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
	if got, want := r.Steps[1].name(1), "1.50k/s, 4 rate-limited, 2 errors"; got != want {
		t.Errorf("in the legend: %s, want %s", got, want)
	}
	if err := r.err(); err == nil || err.Error() != "2 messages were lost" {
		t.Error(err)
	}
}
