package conformance

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Options say what to examine and how. Only URL is needed.
type Options struct {
	// URL is the address of the server, such as "ws://127.0.0.1:8080".
	URL string
	// Header goes with the handshake of every connection.
	Header http.Header
	// TLS is for addresses of wss, nil for what the system trusts.
	TLS *tls.Config
	// Restart ends the server, as its operator would, and starts it again at
	// the same address with the same data. It returns when the old server has
	// ended; the kit waits until the new one answers. Without it the cases that
	// restart the server are not tested. No other case is played meanwhile.
	Restart func(context.Context) error
	// Filter is a glob (see [path.Match]) for the names of cases, or for a
	// leading part of them: "jsonrpc", "*/history", "message/send/dup*". It may
	// leave out the number of a row. Empty takes all.
	Filter string
	// Cases are those to choose from, by default [Cases].
	Cases []Case
	// Parallel is how many cases are played at once, by default 8.
	Parallel int
	// Wait is how long a step may take, by default 10 s.
	Wait time.Duration
	// Patience is how long a step may take that waits for a limit of the
	// server to pass, by default 40 s. What takes longer is not tested.
	Patience time.Duration
	// Limit is how long the whole run may take, by default 10 minutes. The cases
	// that are left then are not tested.
	Limit time.Duration
	// Deviations are cases that the server is known to fail.
	Deviations []Deviation

	told func() (map[string]string, error) // the limits of the server, asked for once in a run
}

// prepare fills in the defaults and returns the cases that the filter leaves.
func (o *Options) prepare() ([]Case, error) {
	if o.Cases == nil {
		o.Cases = Cases()
	}
	o.Parallel = cmp.Or(o.Parallel, 8)
	o.Wait = cmp.Or(o.Wait, 10*time.Second)
	o.Patience = cmp.Or(o.Patience, 40*time.Second)
	o.Limit = cmp.Or(o.Limit, 10*time.Minute)
	var chosen []Case
	for _, c := range o.Cases {
		ok, err := MatchName(o.Filter, c.Name)
		if err != nil {
			return nil, fmt.Errorf("filter %q: %w", o.Filter, err)
		}
		if ok {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no case has a name like %q", o.Filter)
	}
	return chosen, nil
}

// MatchName holds a glob against a name and its leading parts, with and
// without the number of a row.
func MatchName(glob, name string) (bool, error) {
	depth := strings.Count(glob, "/") + 1
	parts := strings.Split(name, "/")
	leading := strings.Join(parts[:min(depth, len(parts))], "/")
	whole, err := path.Match(glob, leading)
	withoutRow, _, _ := strings.Cut(leading, ".") // no title has a dot
	rows, _ := path.Match(glob, withoutRow)
	return glob == "" || whole || rows, err
}

// Run plays cases against a server and reports. It fails, without playing
// any, when the filter fits no case or nobody answers at the address; when ctx
// ends, which fails the cases that are left; and when it gives up, which leaves
// them untested: after Options.Limit, or when nothing at all came from the server
// in one case after the other.
func Run(ctx context.Context, o Options) (Report, error) {
	cases, err := o.prepare()
	if err != nil {
		return nil, err
	}
	if err := o.answers(ctx); err != nil {
		return nil, err
	}
	running, watch, end := o.patrol(ctx)
	defer end()
	o.told = sync.OnceValues(func() (map[string]string, error) { return o.limits(running) })
	report := make(Report, len(cases))
	var alone []int
	var wg sync.WaitGroup
	free := make(chan struct{}, o.Parallel)
	for i, c := range cases {
		switch {
		case c.NeedsRestart():
			alone = append(alone, i)
			continue
		case c.waits():
			wg.Go(func() { report[i] = o.outcome(running, watch, c) }) // ends with its case
			continue
		}
		free <- struct{}{}
		wg.Go(func() { // ends with its case
			report[i] = o.outcome(running, watch, c)
			<-free
		})
	}
	wg.Wait()
	for _, i := range alone {
		report[i] = o.outcome(running, watch, cases[i])
	}
	report.excuse(o.Deviations)
	return report, context.Cause(running)
}

// answers says whether somebody answers at the address.
func (o Options) answers(ctx context.Context) error {
	c, err := o.hello(ctx)
	if err == nil {
		c.cut()
	}
	return err
}

// hello opens a connection that is no case's.
func (o Options) hello(ctx context.Context) (*conn, error) {
	c, response, err := dial(ctx, o, opening{})
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		c.cut()
		return nil, fmt.Errorf("%s answers %s, not a websocket", o.URL, response.Status)
	}
	return c, nil
}

// outcome plays one case.
func (o Options) outcome(ctx context.Context, watch *patrol, c Case) Outcome {
	var not untested
	switch {
	case c.NeedsRestart() && o.Restart == nil:
		return Outcome{Case: c, Status: NotTested, Reason: "it restarts the server, which this run may not do"}
	case errors.As(context.Cause(ctx), &not):
		return Outcome{Case: c, Status: NotTested, Reason: string(not)}
	}
	start := time.Now()
	transcript, heard, err := play(ctx, o, c)
	out := Outcome{Case: c, Status: Passed, Transcript: transcript, Took: time.Since(start)}
	defer func() { watch.saw(out, heard) }()
	switch {
	case errors.As(err, &not), err != nil && errors.As(context.Cause(ctx), &not):
		out.Status, out.Reason = NotTested, string(not)
	case err != nil:
		out.Status, out.Reason = Failed, err.Error()
	}
	return out
}
