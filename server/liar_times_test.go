package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
)

// Servers that break a promise about times, places or what is ephemeral, and the case of
// the kit that must find it.
var brokenTimes = map[string]struct {
	filter string
	lie    lie
}{
	"the time for a login goes on over a login": {"connection/time/logged-out", lie{
		answer: onResult("logout", func(l *line, _ message) { l.later(func() { l.client.Close(4003, "") }) })}},
	"an empty list does not end the watching": {"presence/presence/others-instead", lie{
		request: onRequest("presence", func(_ *line, r message) {
			if text(r["params"]) == "[[]]" {
				r["method"], r["params"] = "ping", []any{}
			}
		}),
		answer: onResult("ping", func(l *line, r message) {
			if id := text(l.asking["id"]); id == "6" {
				delete(r, "at")
				delete(r, "cursor")
				r["presence"] = []any{}
			}
		})}},
	"who was seen last is not known": {"presence/presence/who-comes-and-goes", lie{
		answer: onEvent("presence", func(_ *line, event message) []message {
			if p := event["params"].(map[string]any); p["last_seen_at"] != nil {
				p["last_seen_at"] = "1970-01-01T00:00:00.000Z"
			}
			return []message{event}
		})}},
	"who goes has gone at once": {"presence/presence/who-comes-and-goes", lie{
		answer: onResult("ping", func(l *line, _ message) {
			gone := message{"jsonrpc": "2.0", "method": "presence", "params": map[string]any{
				"username": l.username(), "state": "offline", "last_seen_at": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")}}
			l.later(func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.others(gone)
			})
		})}},
	"a change of presence is told at once": {"presence/presence/back-and-forth", lie{
		request: func(l *line, frame message) message {
			if frame["batch"] != nil {
				l.others(message{"jsonrpc": "2.0", "method": "presence", "params": map[string]any{"username": l.username(), "state": "online"}})
			}
			return frame
		}}},
	"typing is told again and again": {"presence/typing/every-2-seconds", lie{
		request: onRequest("typing", func(l *line, r message) {
			l.others(message{"jsonrpc": "2.0", "method": "typing", "params": map[string]any{
				"conversation": r["params"].([]any)[0], "username": l.username(), "on": true}})
		}),
		answer: onEvent("typing", func(*line, message) []message { return nil })}},
	"the newest sessions end": {"session/sessions/the-oldest-end", lie{
		answer: onResult("sessions", func(_ *line, r message) {
			all := r["sessions"].([]any)
			if s := all[1].(map[string]any); len(all) == 100 && s["device"] == "old" {
				s["device"] = "oldest"
			}
		})}},
	"Lao is not parted": {"search/search/words", lie{
		request: onRequest("search", func(_ *line, r message) {
			if p := r["params"].([]any); strings.ContainsRune(p[0].(string), 'ຂ') {
				p[0] = "nothing"
			}
		})}},
	"twelve members are named": {"conversation/create/many-members", lie{
		answer: onResult("conversation", func(_ *line, r message) {
			c := r["conversation"].(map[string]any)
			c["members"] = append(c["members"].([]any), "eleven", "twelve")
		})}},
	"an event names twelve members": {"conversation/create/many-members", lie{
		answer: onEvent("conversation", func(_ *line, event message) []message {
			p := event["params"].(map[string]any)
			p["members"] = append(p["members"].([]any), "eleven", "twelve")
			return []message{event}
		})}},
	"nobody knows when they joined": {"conversation/create/many-members", lie{
		answer: onResult("create", func(_ *line, r message) {
			r["conversation"].(map[string]any)["joined_at"] = "1970-01-01T00:00:00.000Z"
		})}},
}

func TestBrokenTimesAreCaught(t *testing.T) {
	limits := protocol.DefaultLimits()
	limits.LoginMS = 4_000
	for name, b := range brokenTimes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := limited(t, limits).URL
			caught(t, conformance.Options{URL: tells(t, lie{}, url), Filter: b.filter},
				conformance.Options{URL: tells(t, b.lie, url), Filter: b.filter})
		})
	}
}

// username is who has logged in on a connection.
func (l *line) username() string {
	for _, asked := range l.asked {
		if p, ok := asked["params"].(map[string]any); ok && asked["method"] == "login" {
			return p["username"].(string)
		}
	}
	return ""
}

// others tells all other connections something.
func (l *line) others(event message) {
	for _, other := range l.lines {
		if other != l {
			other.tell(context.Background(), event)
		}
	}
}

// later does something after an answer that is to be passed on.
func (l *line) later(what func()) { time.AfterFunc(100*time.Millisecond, what) }
