package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"asappchat/protocol"
)

// rates bounds how fast a user may send and search, over all of their connections. It
// knows users who are connected, and those whose burst has not come back yet.
type rates struct {
	mu    sync.Mutex
	users map[string]*userRate
}

type userRate struct {
	limiter     *rate.Limiter
	connections int       // guarded by rates.mu
	left        time.Time // when there was the last one; guarded by rates.mu

	mu    sync.Mutex
	until [lanes]time.Time // all of a lane is refused until then
}

// lane is what is to stay in order when something of it is refused. What is in
// none, as queries are, is refused alone, and makes nothing else wait.
type lane int

const (
	sends   lane = iota
	changes      // all other commands
	lanes        // how many there are
)

// pause is how long a user who sends too fast is refused to send. Every send is,
// since a message that was under way already would else overtake the one refused.
const pause = 250 * time.Millisecond

// join returns the rate of a user, nil when there is no bound.
func (r *rates) join(username string, limits *protocol.Limits) *userRate {
	if limits.SendRate == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users == nil {
		r.users = make(map[string]*userRate)
	}
	u := r.users[username]
	if u == nil {
		u = &userRate{limiter: rate.NewLimiter(rate.Limit(limits.SendRate), limits.SendBurst)}
		r.users[username] = u
	}
	u.connections++
	return u
}

// forgetAfter is how long a user is remembered who has left: what they asked for
// may still be in flight, and be charged.
const forgetAfter = time.Minute

// forgetTries is how many users are looked at, each time one leaves, for
// whether they can be forgotten.
const forgetTries = 4

// leave undoes a join.
func (r *rates) leave(username string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u := r.users[username]; u != nil {
		u.connections--
		u.left = now
	}
	tries := 0
	for name, u := range r.users { // in an order of the map's choosing
		if u.connections == 0 && now.Sub(u.left) >= forgetAfter && u.limiter.TokensAt(now) >= float64(u.limiter.Burst()) {
			delete(r.users, name)
		}
		if tries++; tries == forgetTries {
			return
		}
	}
}

// allow takes so many messages from the rate, at most a whole burst, or says
// when there is room for them. It may be called from any goroutine.
func (u *userRate) allow(now time.Time, messages int) error {
	if u == nil {
		return nil
	}
	return refusal(u.take(now, messages))
}

// allowNext is allow for the next one of a lane.
func (u *userRate) allowNext(now time.Time, messages int, in lane) error {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	until := &u.until[in]
	if !now.Before(*until) {
		wait := u.take(now, messages)
		if wait == 0 {
			return nil
		}
		*until = now.Add(max(wait, pause))
	}
	return refusal(until.Sub(now))
}

// charge takes so many messages from the rate, for what was done already. What is
// missing must come back before anything is allowed.
func (u *userRate) charge(now time.Time, messages int) {
	if u == nil {
		return
	}
	for burst := u.limiter.Burst(); messages > 0; messages -= burst {
		u.limiter.ReserveN(now, min(messages, burst))
	}
}

// take takes so many messages from the rate, or returns how long it is until
// there is room for them.
func (u *userRate) take(now time.Time, messages int) (wait time.Duration) {
	messages = min(messages, u.limiter.Burst())
	if u.limiter.AllowN(now, messages) {
		return 0
	}
	missing := float64(messages) - u.limiter.TokensAt(now)
	return max(time.Duration(float64(time.Second)*missing/float64(u.limiter.Limit())), time.Millisecond)
}

// refusal is nil without a wait.
func refusal(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return &protocol.Error{Kind: protocol.RateLimited, Message: "sending too fast",
		RetryAfter: max(wait, time.Millisecond)}
}
