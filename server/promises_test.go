package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"asappchat/protocol/conformance"
	"asappchat/server/servertest"
)

// Servers that break a promise, and the case of the kit that must find it.
var brokenPromises = map[string]struct {
	filter string
	lie    lie
}{
	"loses what it has answered": {"message/send/answered-means-stored", lie{
		request: onRequest("send", func(l *line, _ message) { l.known["sender"] = l }),
		answer: onResult("history", func(l *line, r message) {
			if l.known["sender"] != l {
				r["messages"] = []any{}
			}
		})}},
	"stores a retried send twice": {"message/duplicate/same-content", lie{request: onRequest("send", withoutClientID)}},
	"forgets client ids with the connection": {"message/duplicate/from-another-connection", lie{request: onRequest("send", func(l *line, r message) {
		if l.known["sender"] == nil {
			l.known["sender"] = l
		}
		if l.known["sender"] != l {
			withoutClientID(l, r)
		}
	})}},
	"gives events out of order": {"subscription/subscribe/from-a-cursor", lie{answer: onEvent("message", func(l *line, event message) []message {
		l.held = append(l.held, event)
		if len(l.held) < 2 {
			return nil
		}
		both := []message{l.held[1], l.held[0]}
		l.held = nil
		return both
	})}},
	"tells an event twice": {"subscription/subscribe/from-the-cursor-of-an-event", lie{answer: onEvent("message", func(_ *line, event message) []message {
		return []message{event, event}
	})}},
	"loses an event while catching up": {"subscription/subscribe/from-the-cursor-of-an-event", lie{
		request: onRequest("subscribe", func(l *line, r message) { l.resumed = r["params"] != nil }),
		answer: onEvent("message", func(l *line, event message) []message {
			if l.resumed {
				l.resumed = false
				return nil
			}
			return []message{event}
		})}},
	"loses what changed":                {"message/edit/events", lie{answer: onEvent("message_updated", func(*line, message) []message { return nil })}},
	"tells everybody":                   {"message/delete/events", lie{answer: everybody("message_updated")}},
	"tells who was removed":             {"conversation/remove/events", lie{answer: everybody("message")}},
	"tells who has not subscribed":      {"subscription/subscribe/not-before", lie{answer: everybody("message")}},
	"tells nobody's preferences to all": {"home/set_preferences/events", lie{answer: everybody("conversation")}},
	"pushes before the answer":          {"subscription/subscribe/answers-before-events", lie{answer: pushFirst}},
	"pushes within a batch":             {"subscription/subscribe/in-a-batch", lie{answer: pushFirst}},
	"resets needlessly":                 {"subscription/subscribe/from-a-cursor", lie{answer: onResult("subscribe", func(_ *line, r message) { r["reset"] = true })}},
	"never resets":                      {"subscription/subscribe/no-such-cursor", lie{answer: onResult("subscribe", func(_ *line, r message) { r["reset"] = false })}},
	"forgets tombstones": {"message/delete/by-name*", lie{answer: onResult("history", func(_ *line, r message) {
		r["messages"] = slices.DeleteFunc(r["messages"].([]any), func(m any) bool { return m.(map[string]any)["deleted"] == true })
	})}},
	"keeps what was deleted": {"message/delete/by-name*", lie{answer: onResult("delete", func(_ *line, r message) {
		r["message"].(map[string]any)["body"] = "oops"
	})}},
	"leaves holes in the numbers": {"message/send/one-conversation", lie{answer: onResult("send", func(_ *line, r message) {
		if r["seq"].(float64) > 1 {
			r["seq"] = r["seq"].(float64) + 1
		}
	})}},
	"says that there is more": {"message/history/pages", lie{answer: onResult("history", func(_ *line, r message) {
		r["has_more"].(map[string]any)["after"] = true
	})}},
	"miscounts what is unread": {"home/read/mentions", lie{answer: onResult("conversation", func(_ *line, r message) {
		c := r["conversation"].(map[string]any)
		c["unread"] = c["unread"].(float64) + 1
	})}},
	"tells what is another's from what is not there": {"message/send/somebody-else-s-conversation", lie{answer: func(l *line, frame message) []message {
		if e, ok := frame["error"].(map[string]any); ok && e["code"] == 404.0 && l.asking["method"] == "send" {
			e["message"] = text(l.asking["params"])
		}
		return []message{frame}
	}}},
	"tells an unknown name from a wrong password": {"session/login/unknown-and-wrong-are-alike", lie{answer: func(l *line, frame message) []message {
		if e, ok := frame["error"].(map[string]any); ok && e["code"] == 401.0 {
			e["message"] = text(l.asking["params"])
		}
		return []message{frame}
	}}},
	"takes old tokens": {"session/login/old-token", lie{
		request: onRequest("login", func(l *line, r message) {
			if p, ok := r["params"].(map[string]any); ok && p["token"] != nil && l.known["token"] != nil {
				p["token"] = l.known["token"]
			}
		}),
		answer: onResult("login", func(l *line, r message) { l.known["token"] = r["token"] })}},
	"begins another epoch at a restart": {"subscription/restart/nothing-lost", lie{answer: onResult("login", func(l *line, r message) {
		r["epoch"] = text(len(l.lines)) // of each connection its own
	})}},
	"leaves who was revoked connected": {"session/sessions/revoked", lie{deaf: true}},
}

// onRequest changes the requests of a method.
func onRequest(method string, change func(*line, message)) func(*line, message) message {
	return func(l *line, frame message) message {
		if frame["method"] == method {
			change(l, frame)
		}
		return frame
	}
}

// onResult changes the results of a method.
func onResult(method string, change func(*line, message)) func(*line, message) []message {
	return func(l *line, frame message) []message {
		if result, ok := frame["result"].(map[string]any); ok && l.asking["method"] == method {
			change(l, result)
		}
		return []message{frame}
	}
}

// onEvent changes what becomes of the events of a name.
func onEvent(name string, change func(*line, message) []message) func(*line, message) []message {
	return func(l *line, frame message) []message {
		if frame["method"] == name {
			return change(l, frame)
		}
		return []message{frame}
	}
}

func withoutClientID(_ *line, request message) {
	switch p := request["params"].(type) {
	case []any:
		request["params"] = p[:min(2, len(p))]
	case map[string]any:
		delete(p, "client_id")
	}
}

// everybody tells the events of a name to all who are connected.
func everybody(name string) func(*line, message) []message {
	return onEvent(name, func(l *line, event message) []message {
		for _, other := range l.lines {
			if other != l {
				other.tell(context.Background(), event)
			}
		}
		return []message{event}
	})
}

// pushFirst holds back the answers to what is announced until the event has
// come.
func pushFirst(l *line, frame message) []message {
	if frame["batch"] != nil || l.subscribed && l.asking["method"] == "send" {
		l.held = append(l.held, frame)
		return nil
	}
	held := l.held
	l.held = nil
	return append([]message{frame}, held...)
}

func TestBrokenPromisesAreCaught(t *testing.T) {
	s := servertest.New(t)
	restart := func(context.Context) error { s.Restart(); return nil }
	for name, b := range brokenPromises {
		t.Run(name, func(t *testing.T) {
			wholesome := play(t, conformance.Options{URL: tells(t, lie{}, s.URL), Filter: b.filter, Restart: restart})
			if wholesome.Count(conformance.Failed) > 0 {
				t.Fatalf("the server that keeps its promises fails:\n%v", wholesome)
			}
			// What never comes is not to be waited for.
			report := play(t, conformance.Options{URL: tells(t, b.lie, s.URL), Filter: b.filter, Restart: restart, Wait: time.Second})
			if report.Count(conformance.Failed) == 0 {
				t.Errorf("not caught:\n%v", report)
			}
		})
	}
}

func play(t *testing.T, o conformance.Options) conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
