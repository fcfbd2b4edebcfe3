package clientkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"asappchat/protocol/conformance"
)

// Options say which client to examine, and how much. Only Command is needed.
type Options struct {
	// Command starts the driver of the client.
	Command []string
	// Start, if it is set, starts the driver in place of Command.
	Start func(context.Context) (*Driver, error)
	// Filter is a glob (see [path.Match]) for the names of cases, or for a leading
	// part of them: "fault", "fault/cut". Empty takes all.
	Filter string
	// Server is the address of a server in place of the kit's own, which shows what
	// happens with that one; see [ParseServer]. Only faults of the wire are played then; whoever it
	// is must let anybody register and log in by name.
	Server string
	// Places is at how many places of the conversation each fault happens, evenly
	// spread. 0 is for every place, which takes tens of thousands of runs.
	Places int
	// Wait is how long anything may take that is to come, by default 10 s.
	Wait time.Duration
	// Parallel is how many drivers run side by side, by default 2. Faults that
	// leave a client waiting have four times as many.
	Parallel int
}

// Run examines a client and reports. It fails, without a report, when the driver
// cannot be started, the filter fits no case or the server has no address that
// [ParseServer] takes, and with one when a driver that did all else does not end as
// it should.
func Run(ctx context.Context, o Options) (report conformance.Report, err error) {
	o.Parallel = cmp.Or(o.Parallel, 2)
	o.Wait = cmp.Or(o.Wait, patience)
	if o.Start == nil {
		o.Start = func(ctx context.Context) (*Driver, error) { return Start(ctx, o.Command) }
	}
	if o.Server != "" {
		if _, err := ParseServer(o.Server); err != nil {
			return nil, err
		}
	}
	k := &kit{options: o}
	defer func() { err = errors.Join(err, k.close()) }()
	for _, c := range examinations() {
		ok, err := conformance.MatchName(o.Filter, c.Name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		out, err := k.examine(ctx, c)
		if err != nil {
			return report, err
		}
		report = append(report, out)
	}
	if report == nil {
		return nil, fmt.Errorf("no case has a name like %q", o.Filter)
	}
	return report, ctx.Err()
}

// examination is a case of the kit, and how it is played.
type examination struct {
	conformance.Case
	play func(k *kit, ctx context.Context) (story string, err error)
	// anywhere says that it can be played with any server.
	anywhere bool
}

func examinations() []examination {
	all := append(textExaminations(), reverseExaminations()...)
	all = append(all, examination{conformance.Case{
		Name: "fault/none", Clauses: []string{"9.3", "9.6", "8.8.1"},
		Sentence: "Without a fault the application is told what happened, and home is what a fresh login would be shown.",
	}, (*kit).baseline, true})
	for _, f := range faults() {
		c := conformance.Case{Name: "fault/" + f.name, Sentence: f.sentence, Clauses: f.clauses}
		all = append(all, examination{c, func(k *kit, ctx context.Context) (string, error) { return f.everywhere(ctx, k) }, f.wire()})
	}
	return all
}

// kit holds what is shared by the cases.
type kit struct {
	options Options

	mu      sync.Mutex
	idle    []*Driver
	measure measure
	saw     *sight // in the run without faults, nil before
}

// examine plays one case. A case that fails takes nothing from the others.
func (k *kit) examine(ctx context.Context, c examination) (conformance.Outcome, error) {
	if k.options.Server != "" && !c.anywhere {
		return conformance.Outcome{Case: c.Case, Status: conformance.NotTested, Reason: "it needs the kit's own server"}, nil
	}
	start := time.Now()
	story, err := c.play(k, ctx)
	out := conformance.Outcome{Case: c.Case, Status: conformance.Passed, Took: time.Since(start)}
	if err != nil {
		out.Status, out.Reason, out.Transcript = conformance.Failed, err.Error(), story
	}
	if errors.Is(err, errStart) {
		return out, err
	}
	return out, nil
}

// errStart says that there is no driver to play with.
var errStart = errors.New("the driver does not start")

// lend lets f use a driver that nobody else has. It is kept for later, unless f has
// failed: then it may have something left to say.
func (k *kit) lend(ctx context.Context, f func(*Driver) error) error {
	d, err := k.borrow(ctx)
	if err != nil {
		return err
	}
	if err := f(d); err != nil {
		return errors.Join(err, d.Close())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.idle = append(k.idle, d)
	return nil
}

func (k *kit) borrow(ctx context.Context) (*Driver, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.idle); n > 0 {
		d := k.idle[n-1]
		k.idle = k.idle[:n-1]
		return d, nil
	}
	d, err := k.options.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	d.wait = k.options.Wait
	return d, nil
}

func (k *kit) close() error {
	var all []error
	for _, d := range k.idle {
		all = append(all, d.Close())
	}
	return errors.Join(all...)
}

// Cases returns the cases of the kit, without steps.
func Cases() (cases []conformance.Case) {
	for _, e := range examinations() {
		cases = append(cases, e.Case)
	}
	return cases
}
