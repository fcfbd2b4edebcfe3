package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"asappchat/clients/load"
)

// loadCommand has a command for each scenario.
type loadCommand struct {
	Send    loadSend    `cmd:"" help:"Users send to each other in pairs: time until the answer, and until the other has it."`
	FanOut  loadFanOut  `cmd:"" help:"One member of a group sends: time until the answer, and until each member has it."`
	Ping    loadPing    `cmd:"" help:"The least that a request can be: time until the answer."`
	History loadHistory `cmd:"" help:"Members of a group read pages of 50 messages: time until the answer."`
	Idle    loadIdle    `cmd:"" help:"Users are connected and subscribed: whether they stay so."`
	Storm   loadStorm   `cmd:"" help:"All connections are cut at once: time until each is back and has all messages."`
}

// loadFlags are those of all scenarios.
type loadFlags struct {
	For        time.Duration `help:"How long to measure: each step, or until no new storm begins." default:"10s"`
	Invitation string        `help:"Invitation code, where the server wants one." env:"CHAT_INVITATION"`
	JSONFile   string        `help:"Write all that was found as JSON; --json prints it, in the place of the table." placeholder:"FILE"`
	SVG        string        `name:"svg" help:"Draw curves." placeholder:"FILE"`
}

// paceFlags are those of scenarios that make requests.
type paceFlags struct {
	WarmUp time.Duration `help:"How long each step runs before anything is measured." default:"2s"`
	Rate   []float64     `help:"Open loop: so many requests per second, of all connections together, by a schedule that does not wait for answers. Several rates are measured one after another." xor:"load" placeholder:"N"`
	Steps  int           `help:"Find what a closed loop reaches, and then measure so many rates up to 95 % of that." xor:"load" placeholder:"N"`
}

type loadSend struct {
	Users    int `help:"Users, each with a connection." default:"50"`
	InFlight int `help:"Closed loop: messages of each user that wait for their answers." default:"32"`
	paceFlags
	loadFlags
}

type loadFanOut struct {
	Members  int `help:"Members of the group, each with a connection." default:"100"`
	InFlight int `help:"Closed loop: messages that not everybody has yet." default:"16"`
	paceFlags
	loadFlags
}

type loadPing struct {
	Connections int `help:"Connections, each of a user of its own." default:"50"`
	InFlight    int `help:"Closed loop: requests of each connection that wait for their answers." default:"16"`
	paceFlags
	loadFlags
}

type loadHistory struct {
	Members  int `help:"Members of the group, each with a connection." default:"16"`
	InFlight int `help:"Closed loop: requests of each member that wait for their answers." default:"1"`
	Messages int `help:"Messages in the conversation." default:"1000"`
	paceFlags
	loadFlags
}

type loadIdle struct {
	Connections int `help:"Connections, each of a user of its own." default:"1000"`
	loadFlags
}

type loadStorm struct {
	Connections int `help:"Connections, each of a user of its own." default:"1000"`
	Messages    int `help:"Messages that each misses." default:"10"`
	loadFlags
}

func (c *loadSend) Run(a *app) error {
	return c.run(a, c.paced(load.Options{Scenario: load.Send, Clients: c.Users, InFlight: c.InFlight}))
}

func (c *loadFanOut) Run(a *app) error {
	return c.run(a, c.paced(load.Options{Scenario: load.FanOut, Clients: c.Members, InFlight: c.InFlight}))
}

func (c *loadPing) Run(a *app) error {
	return c.run(a, c.paced(load.Options{Scenario: load.Ping, Clients: c.Connections, InFlight: c.InFlight}))
}

func (c *loadHistory) Run(a *app) error {
	return c.run(a, c.paced(load.Options{Scenario: load.History, Clients: c.Members, InFlight: c.InFlight, Messages: c.Messages}))
}

func (c *loadIdle) Run(a *app) error {
	return c.run(a, load.Options{Scenario: load.Idle, Clients: c.Connections})
}

func (c *loadStorm) Run(a *app) error {
	return c.run(a, load.Options{Scenario: load.Storm, Clients: c.Connections, Messages: c.Messages})
}

func (p *paceFlags) paced(o load.Options) load.Options {
	o.WarmUp, o.Rates, o.Steps = p.WarmUp, p.Rate, p.Steps
	return o
}

// run runs a scenario, and reports what there is to report before it fails.
func (f *loadFlags) run(a *app, o load.Options) error {
	// What is 0 would be taken for what was not given.
	waits := o.Scenario != load.Idle && o.Scenario != load.Storm
	if f.For == 0 || o.Clients == 0 || waits && o.InFlight == 0 {
		return failure{errors.New("times and sizes are above 0"), exitUsage, "see chat load --help"}
	}
	o.URL, o.For, o.Invitation = a.URL, f.For, f.Invitation
	printer := load.NewPrinter(a.stderr, isTerminal(a.stderr))
	o.OnProgress = printer.Show
	report, err := load.Run(a.ctx, o)
	printer.Clear()
	if report != nil {
		err = errors.Join(err, f.write(a, report))
	}
	return loadFailure(err)
}

// loadFailure finds out of what sort an error is.
func loadFailure(err error) error {
	var usage *load.UsageError
	var closed *load.CloseError
	var unreached *load.DialError
	switch {
	case errors.As(err, &usage):
		return failure{err, exitUsage, "see chat load --help"}
	case errors.As(err, &closed):
		return diagnoseClose(err, closed.Code)
	case errors.As(err, &unreached):
		return unreachable(err)
	}
	return err
}

// write writes the report to wherever it is wanted.
func (f *loadFlags) write(a *app, r *load.Report) error {
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if f.JSONFile != "" {
		err = os.WriteFile(f.JSONFile, append(encoded, '\n'), 0o666)
	}
	if f.SVG != "" {
		err = errors.Join(err, writeSVG(f.SVG, r))
	}
	if a.JSON {
		return errors.Join(err, a.printJSON(r))
	}
	var table strings.Builder
	r.WriteTable(&table)
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(a.stdout, printable(strings.TrimSuffix(line, "\n")))
	}
	return err
}

func writeSVG(file string, r *load.Report) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(r.WriteSVG(f), f.Close())
}
