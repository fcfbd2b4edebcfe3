package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"asappchat/protocol/conformance"
	"asappchat/server/servertest"
)

// Servers that tell somebody what they must not, and only after a while, and the case of
// the kit that must find it. It is told after the answers to method, to the subscribed
// connections of a user but the one that was answered.
var brokenSilences = map[string]struct {
	filter, method, to, event string
}{
	"a profile is told to others":             {"user/set_profile/in-nobody-s-events", "set_profile", "bo", "profile"},
	"a profile is told to the user's devices": {"user/set_profile/in-nobody-s-events", "set_profile", "ana", "profile"},
	"a block is told to the blocked":          {"privacy/block/nobody-is-told", "block", "bo", "block"},
	"a block is told to the user's devices":   {"privacy/block/nobody-is-told", "block", "ana", "block"},
	"privacy is told to others":               {"privacy/privacy/nobody-is-told.1", "set_privacy", "bo", "privacy"},
	"privacy is told to the user's devices":   {"privacy/privacy/nobody-is-told.1", "set_privacy", "ana", "privacy"},
	"typing passes a block":                   {"presence/typing/not-past-a-block.1", "typing", "bo", "typing"},
	"typing passes a block by the other":      {"presence/typing/not-past-a-block.2", "typing", "bo", "typing"},
	"presence passes a block":                 {"presence/presence/what-is-no-longer-to-be-seen.1", "set_presence", "ana", "presence"},
	"presence is told though it is off":       {"presence/presence/what-is-no-longer-to-be-seen.2", "set_presence", "ana", "presence"},
	"typing reaches who takes no messages":    {"presence/typing/as-messages-are-taken", "typing", "bo", "typing"},
	"typing is told in a large group":         {"presence/typing/a-large-group", "typing", "bo", "typing"},
	"who left is told what is said":           {"conversation/leave/events", "send", "bo", "message"},
	"who was removed is told what is said":    {"conversation/remove/events", "send", "bo", "message"},
	"who was removed is told of it once more": {"conversation/remove/events", "remove", "bo", "conversation"},
}

func TestBrokenSilencesAreCaught(t *testing.T) {
	s := servertest.New(t)
	for name, b := range brokenSilences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			late := lie{answer: onResult(b.method, func(l *line, _ message) { l.late(b.to, b.event) })}
			caught(t, conformance.Options{URL: tells(t, lie{}, s.URL), Filter: b.filter},
				conformance.Options{URL: tells(t, late, s.URL), Filter: b.filter})
		})
	}
}

// late tells the other connections of a user an event, after a while.
func (l *line) late(to, event string) {
	told := message{"jsonrpc": "2.0", "method": event, "params": map[string]any{"username": l.username()}}
	time.AfterFunc(50*time.Millisecond, func() { // ends when it has told
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, other := range l.lines {
			if other != l && other.subscribed && strings.HasSuffix(other.username(), "-"+to) {
				other.tell(context.Background(), told)
			}
		}
	})
}
