package clientkit

import (
	"testing"
	"time"

	"asappchat/protocol/conformance"
)

// examineToy examines the toy with a mistake.
func examineToy(t *testing.T, q quirk, filter string, o Options) conformance.Report {
	t.Helper()
	o.Start, o.Filter = startToy(q), filter
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A mirror the toy does not have: it asks for home whenever it is asked.
func TestRightClientPasses(t *testing.T) {
	for _, filter := range []string{"close", "error", "events", "fault", "login", "outbox", "reverse"} {
		for _, out := range examineToy(t, "", filter, Options{Places: 3}) {
			if out.Status != conformance.Passed {
				t.Error(out.String())
			}
		}
	}
}

// The clients that the kit exists for: each makes one mistake, which each of the
// named cases must find.
var broken = map[quirk][]string{
	losesCursor:      {"fault/cut/up", "fault/close/1001", "events/lost-before*", "close/comes-back*"},
	neverRetries:     {"outbox/an-answer*", "outbox/in-order", "fault/unknown_outcome/lost"},
	newClientID:      {"outbox/an-answer*", "fault/unknown_outcome/stored"},
	noClientID:       {"outbox/client-id", "fault/none"},
	disorder:         {"outbox/in-order"},
	repeatsHarm:      {"close/what-closed*"},
	repeatsAll:       {"outbox/not-repeated*"},
	doublesEvents:    {"fault/cut/down", "fault/close/4000"},
	ignoresDraining:  {"fault/draining", "close/draining"},
	ignoresLagging:   {"fault/lagging", "events/lagging"},
	ignoresReset:     {"fault/reset", "events/reset"},
	ignoresWait:      {"fault/rate_limited", "outbox/refused-for-a-while*"},
	oldToken:         {"login/the-token*"},
	expiredToken:     {"fault/expired/before", "close/token-expired"},
	comesBackRevoked: {"close/for-good*"},
	diesOfUnknown:    {"events/of-later"},
	neverPings:       {"close/silence", "fault/stall/down"},
	hasteWhenIdle:    {"close/idle"},
	losesPointer:     {"error/as-they-are*", "reverse/message"},
	renamesKind:      {"error/a-kind*"},
	forgetsPresence:  {"events/presence-on*"},
	losesParam:       {"reverse/message"},
	sendsTooDeep:     {"error/nested*"},
	sameID:           {"outbox/in-order"},
	leavesOpen:       {"outbox/the-application*"},
	pingsOnly:        {"outbox/in-order"},
	neverSure:        {"fault/none"},
	tellsForEver:     {"fault/none"},
	decidesByName:    {"login/a-token-refused*", "login/logout-of*"},
	namesItsOwn:      {"login/a-token-refused*", "login/logout-of*"},
	sendsEmptyID:     {"outbox/an-empty*"},
	neverAsks:        {"reverse/message/send/first-message"},
}

func TestBrokenClientsAreCaught(t *testing.T) {
	for q, filters := range broken {
		for _, filter := range filters {
			t.Run(string(q)+" "+filter, func(t *testing.T) {
				t.Parallel()
				if report := examineToy(t, q, filter, Options{Places: 8, Wait: 500 * time.Millisecond}); report.Count(conformance.Failed) == 0 {
					t.Errorf("not caught by %s", filter)
				}
			})
		}
	}
}
