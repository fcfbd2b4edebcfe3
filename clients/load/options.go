package load

import (
	"crypto/tls"
	"fmt"
	"slices"
	"time"
)

// Scenario is a kind of load.
type Scenario string

const (
	Send    Scenario = "send"    // users send to each other in pairs
	FanOut  Scenario = "fan-out" // one user sends to a group
	Ping    Scenario = "ping"
	History Scenario = "history" // users read pages of a conversation
	Idle    Scenario = "idle"    // users are connected and wait
	Storm   Scenario = "storm"   // all connections are cut at once, and come back
)

// Scenarios are all there are.
var Scenarios = []Scenario{Send, FanOut, Ping, History, Idle, Storm}

// Options say what a run does. What is 0 has a default, but for WarmUp.
type Options struct {
	URL      string
	Scenario Scenario
	// Clients is how many connections there are, each of a user of its own: of
	// send an even number, of fan-out the members of the group, the sender
	// included. There is another for what prepares storm.
	Clients int
	// InFlight is how many requests of each connection (of fan-out, of the
	// sender) are in flight in a closed loop.
	InFlight int
	// Messages are in the conversation of history, or missed in each storm.
	Messages int
	// Rates, per second and of all connections together, make open loops, one
	// after another.
	Rates []float64
	// Steps, unless 0, makes a closed loop and after it so many open ones, in
	// even steps up to 95 % of what it reached.
	Steps       int
	For, WarmUp time.Duration // of each step
	Invitation  string        // where the server wants one
	TLS         *tls.Config   // of wss://
	// OnProgress, unless nil, is called twice a second, from a goroutine of the
	// run's own.
	OnProgress func(Progress)
}

// sizes are the defaults of Options.
var sizes = map[Scenario]Options{
	Send:    {Clients: 50, InFlight: 32},
	FanOut:  {Clients: 100, InFlight: 16},
	Ping:    {Clients: 50, InFlight: 16},
	History: {Clients: 16, InFlight: 1, Messages: 1000},
	Idle:    {Clients: 1000},
	Storm:   {Clients: 1000, Messages: 10},
}

// complete fills in the defaults, and refuses what makes no sense.
func (o *Options) complete() error {
	size, ok := sizes[o.Scenario]
	if !ok {
		return fmt.Errorf("there is no scenario %q", o.Scenario)
	}
	for _, d := range []struct {
		value    *int
		byItself int
	}{{&o.Clients, size.Clients}, {&o.InFlight, size.InFlight}, {&o.Messages, size.Messages}} {
		if *d.value < 0 {
			return fmt.Errorf("sizes are not below 0")
		}
		if *d.value == 0 {
			*d.value = d.byItself
		}
	}
	if o.For == 0 {
		o.For = 10 * time.Second
	}
	paced := len(o.Rates) > 0 || o.Steps != 0
	switch {
	case o.For < 0 || o.WarmUp < 0:
		return fmt.Errorf("times are not below 0")
	case slices.ContainsFunc(o.Rates, func(r float64) bool { return !(r > 0 && r <= 10e6) }):
		return fmt.Errorf("rates are above 0, and 10,000,000 at most")
	case o.Steps < 0 || len(o.Rates) > 0 && o.Steps > 0:
		return fmt.Errorf("there are either rates or steps")
	case paced && (o.Scenario == Idle || o.Scenario == Storm):
		return fmt.Errorf("%s has no rate", o.Scenario)
	case o.Scenario == Send && o.Clients%2 != 0:
		return fmt.Errorf("users send in pairs: their number is even")
	case o.Scenario == FanOut && o.Clients < 2:
		return fmt.Errorf("a group has two members at least")
	case o.Clients > 100_000:
		return fmt.Errorf("there are 100,000 connections at most")
	}
	return nil
}
