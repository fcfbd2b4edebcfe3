package server_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
	"asappchat/server"
	"asappchat/server/servertest"
)

// Servers that keep other limits than they tell, and the case of the kit that must find it.
var brokenLimits = map[string]struct {
	filter string
	told   map[string]float64
	kept   func(*protocol.Limits)
}{
	"a burst is less than it should be": {"flow/rate/sends", map[string]float64{"send_burst": 1000},
		func(l *protocol.Limits) { l.SendBurst = 720 }},
	"a burst is more than it should be": {"flow/rate/sends", map[string]float64{"send_burst": 500},
		func(l *protocol.Limits) { l.SendBurst = 1000 }},
	"the rate is less than it should be": {"flow/rate/in-a-second", map[string]float64{"send_rate": 200},
		func(l *protocol.Limits) { l.SendRate = 20 }},
	"the rate is more than it should be": {"flow/rate/in-a-second", map[string]float64{"send_rate": 50},
		func(l *protocol.Limits) { l.SendRate = 350 }},
	"there is no rate": {"flow/rate/sends", map[string]float64{"send_rate": 200, "send_burst": 1000},
		func(l *protocol.Limits) { l.SendRate = 0 }},
	"the time for a login is short": {"connection/time/no-login", map[string]float64{"login_ms": 6000},
		func(l *protocol.Limits) { l.LoginMS = 1000 }},
	"what stalls is closed early": {"flow/slow/read-in-time", map[string]float64{"stall_ms": 8000},
		func(l *protocol.Limits) { l.StallMS = 500 }},
	"an outbox is small": {"flow/slow/lagging", map[string]float64{"outbox": 1 << 20},
		func(l *protocol.Limits) { l.Outbox = 1 << 20 / 3 }},
}

func TestBrokenLimitsAreCaught(t *testing.T) {
	for name, b := range brokenLimits {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.HasPrefix(b.filter, "flow/") {
				t.Skip("the race detector makes a client too slow for a rate")
			}
			t.Parallel()
			limits := protocol.DefaultLimits()
			limits.LoginMS, limits.StallMS = 6_000, 8_000
			good := limited(t, limits).URL
			b.kept(&limits)
			caught(t, conformance.Options{URL: good, Filter: b.filter}, conformance.Options{
				URL:    tells(t, lie{answer: onResult("server_info", tell(b.told))}, limited(t, limits).URL),
				Filter: b.filter, Wait: 5 * time.Second,
			})
		})
	}
}

// caught examines a server that keeps its promises and one that does not, side by
// side, since the cases wait for seconds.
func caught(t *testing.T, good, bad conformance.Options) {
	t.Helper()
	var reports [2]conformance.Report
	var errs [2]error
	var wg sync.WaitGroup
	for i, o := range []conformance.Options{good, bad} {
		wg.Go(func() { reports[i], errs[i] = conformance.Run(t.Context(), o) }) // ends with its cases
	}
	wg.Wait()
	switch err := errors.Join(errs[:]...); {
	case err != nil:
		t.Fatal(err)
	case reports[0].Count(conformance.Failed) > 0:
		t.Errorf("the server that keeps its promises fails:\n%v", reports[0])
	case reports[1].Count(conformance.Failed) == 0:
		t.Errorf("not caught:\n%v", reports[1])
	}
}

// limited runs a server with limits.
func limited(t *testing.T, limits protocol.Limits) *servertest.Server {
	t.Helper()
	return servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits = limits }))
}

// tell tells other limits than there are.
func tell(told map[string]float64) func(*line, message) {
	return func(_ *line, info message) {
		for name, value := range told {
			info["limits"].(map[string]any)[name] = value
		}
	}
}
