package load

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Progress is how a run stands.
type Progress struct {
	Doing       string // "opening accounts", "warming up", "measuring", …
	Step, Steps int    // 0 while the run is prepared
	Done, Of    int    // of what is counted while the run is prepared, connections that live, or are back
	Elapsed     time.Duration
	PerSecond   float64       // answers, since the last progress
	InFlight    int64         // requests
	P50, P99    time.Duration // of the step up to now, 0 before it has any
	RateLimited int64         // requests of the step that were refused for their rate
	Errors      int64         // other refusals of the step, and faults of the run
}

// String is one line.
func (p Progress) String() string {
	line := p.Doing
	if p.Steps > 1 {
		line = fmt.Sprintf("step %d/%d, %s", p.Step, p.Steps, line)
	}
	if p.Of > 0 {
		line += fmt.Sprintf(" %d of %d", p.Done, p.Of)
	}
	if p.Steps == 0 {
		return line
	}
	line = fmt.Sprintf("%s  %4.0f s  %s/s  in flight %d", line, p.Elapsed.Seconds(), figure(p.PerSecond), p.InFlight)
	if p.P50 > 0 {
		line += fmt.Sprintf("  p50 %s  p99 %s", duration(p.P50), duration(p.P99))
	}
	if p.RateLimited > 0 {
		line += fmt.Sprintf("  rate-limited %d", p.RateLimited)
	}
	return fmt.Sprintf("%s  errors %d", line, p.Errors)
}

// watcher tells how a run stands, twice a second.
type watcher struct {
	mu  sync.Mutex
	now func() Progress
}

const watchEvery = time.Second / 2

// start begins to tell. stop returns when nothing more is told.
func (w *watcher) start(tell func(Progress)) (stop func()) {
	if tell == nil {
		return func() {}
	}
	var running sync.WaitGroup
	ended := make(chan struct{})
	running.Go(func() { // until stop
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if p, ok := w.progress(); ok {
					tell(p)
				}
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		running.Wait()
	}
}

func (w *watcher) progress() (p Progress, ok bool) {
	w.mu.Lock()
	now := w.now
	w.mu.Unlock()
	if now == nil {
		return p, false
	}
	return now(), true
}

// watch tells what a function returns, from now on.
func (w *watcher) watch(now func() Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// counting watches something that is done many times before the first step.
func (w *watcher) counting(doing string, of int) *atomic.Int64 {
	var done atomic.Int64
	w.watch(func() Progress { return Progress{Doing: doing, Done: int(done.Load()), Of: of} })
	return &done
}

// meter makes rates of a count.
type meter struct {
	count int64
	at    time.Duration
}

// rate is that since the last call.
func (m *meter) rate(count int64, at time.Duration) float64 {
	n, took := count-m.count, at-m.at
	m.count, m.at = count, at
	if took <= 0 {
		return 0
	}
	return float64(n) / took.Seconds()
}

// progress is that of a round which has run for some time. It may be called by
// one goroutine beside the round's.
func (d *Drive) progress(elapsed time.Duration, span Span) Progress {
	p := Progress{Doing: "measuring", Elapsed: elapsed}
	if elapsed < span.WarmUp {
		p.Doing = "warming up"
	} else if elapsed > span.WarmUp+span.For {
		p.Doing = "waiting for the last answers"
	}
	for _, s := range d.senders {
		_, open, _ := s.state()
		p.InFlight += open
		limited, others := s.refused()
		p.RateLimited += limited
		p.Errors += others
	}
	answers, _ := d.count()
	p.PerSecond = d.meter.rate(answers, d.now())
	p.Errors += d.doubled.Load() + d.stray.Load() + d.strange.Load()
	times := d.answered
	if d.shape.Held > 0 {
		times = d.delivered
	}
	h := times.sum()
	p.P50, p.P99 = quantile(h, 50), quantile(h, 99)
	return p
}

// A Printer shows progress to people: on a terminal in one line that is written
// again and again, else in a line every few seconds. It is for one goroutine at
// a time.
type Printer struct {
	w        io.Writer
	terminal bool
	last     time.Time
	shown    bool
}

// NewPrinter writes to w.
func NewPrinter(w io.Writer, terminal bool) *Printer {
	return &Printer{w: w, terminal: terminal, last: time.Now()}
}

// printEvery is how often there is a line on what is no terminal.
const printEvery = 5 * time.Second

// clearLine goes to the begin of the line and clears it (ECMA-48, 8.3.41).
const clearLine = "\r\x1b[K"

// Show shows progress.
func (p *Printer) Show(now Progress) {
	if p.terminal {
		fmt.Fprint(p.w, clearLine, now)
		p.shown = true
	} else if time.Since(p.last) >= printEvery {
		p.last = time.Now()
		fmt.Fprintln(p.w, now)
	}
}

// Clear takes the line away, for what is written next.
func (p *Printer) Clear() {
	if p.shown {
		fmt.Fprint(p.w, clearLine)
	}
}
