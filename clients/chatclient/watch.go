package chatclient

import (
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// watch is whose presence the application watches. It is a matter of one
// connection (clause 12.6.1), so the client asks again on each new one.
//
// Its methods may be called from any goroutine, and never block.
type watch struct {
	mu        sync.Mutex
	usernames []protocol.Username // of the application's latest presence that was answered
	due       bool                // the server is to be asked again
	after     time.Time           // but not before
	asking    bool                // it has been, and has not answered
	tries     int                 // that were refused
}

// take takes the answer to a presence of the application, with its params. What
// is being asked meanwhile would take its place.
func (w *watch) take(params jsontext.Value) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.usernames, w.due = usernamesIn(params), w.asking
}

// usernamesIn returns whom the params of a presence name.
func usernamesIn(params jsontext.Value) []protocol.Username {
	var byName protocol.PresenceParams
	var byPosition [][]protocol.Username
	if params.Kind() == '[' && json.Unmarshal(params, &byPosition) == nil && len(byPosition) > 0 {
		return byPosition[0]
	}
	// They were answered, so they can be read.
	_ = json.Unmarshal(params, &byName)
	return byName.Usernames
}

// end takes the end of the connection.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due, w.after, w.asking, w.tries = len(w.usernames) > 0, time.Time{}, false, 0
}

// next says whether the server is to be asked now, or when to look again.
func (w *watch) next(now time.Time, never time.Duration) (due bool, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.due {
		return false, never
	}
	wait = w.after.Sub(now)
	return wait <= 0, wait
}

// ask returns what to ask, and waits for told or refused.
func (w *watch) ask() protocol.PresenceParams {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due, w.asking = false, true
	return protocol.PresenceParams{Usernames: append([]protocol.Username{}, w.usernames...)}
}

// told takes that the server has answered.
func (w *watch) told() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asking, w.tries = false, 0
}

// refused takes that it did not: what passes is asked again, anything else is
// not, since the server would say the same.
func (w *watch) refused(err error, backoff Backoff) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asking = false
	if !w.due && passing(err, true) {
		w.due, w.after = true, time.Now().Add(backoff.delayAfter(err, w.tries))
		w.tries++
	}
}
