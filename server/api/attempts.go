package api

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"asappchat/protocol"
)

const (
	// attemptBurst is how many failed logins, or registrations, may come from
	// one address at once, and attemptEvery how often one more may after that.
	attemptBurst = 20
	attemptEvery = 3 * time.Second
	// attemptsKnown bounds the addresses that are remembered. Beyond it all
	// are forgotten, which gives each of them one more burst.
	attemptsKnown = 10_000
)

// attempts bounds by address what strangers may try: failed logins, so that
// passwords cannot be guessed fast, and registrations. An account is never
// locked, since a stranger could do that to it.
type attempts struct {
	exempt func(netip.Addr) bool

	mu   sync.Mutex
	from map[netip.Prefix]*rate.Limiter
}

// check says whether an address may try again, without counting it.
func (a *attempts) check(addr netip.Addr, now time.Time) error {
	l := a.limiter(addr)
	if l == nil || l.TokensAt(now) >= 1 {
		return nil
	}
	return &protocol.Error{Kind: protocol.RateLimited, Message: "too many attempts from this address", RetryAfter: attemptEvery}
}

// count counts an attempt.
func (a *attempts) count(addr netip.Addr, now time.Time) {
	if l := a.limiter(addr); l != nil {
		l.AllowN(now, 1)
	}
}

// limiter returns the bound of an address, nil when there is none. Of IPv6 a
// network of 64 bits is one address, because that is what one customer gets.
func (a *attempts) limiter(addr netip.Addr) *rate.Limiter {
	if !addr.IsValid() || addr.IsLoopback() || a.exempt(addr) {
		return nil
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, _ := addr.Prefix(bits)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.from == nil || len(a.from) >= attemptsKnown {
		a.from = make(map[netip.Prefix]*rate.Limiter)
	}
	l := a.from[network]
	if l == nil {
		l = rate.NewLimiter(rate.Every(attemptEvery), attemptBurst)
		a.from[network] = l
	}
	return l
}
