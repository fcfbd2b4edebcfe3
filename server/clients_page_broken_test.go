package server_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asappchat/server/servertest"
)

const (
	pageStay = 100 * time.Millisecond // for which the script asks
	pageSeq  = `{"message":{"conversation":"c:1","seq":%d,"rev":%d,"sender":%q%s},"cursor":"k:%d"}`
)

// playPage plays what a server of its own does not do when it is asked, and
// returns what the client did wrong.
func playPage(ctx context.Context, file, dir string, wait time.Duration) error {
	s, stop := newPageScript(ctx, file, dir, wait)
	defer stop()
	s.runs()
	s.begins()
	s.sends()
	s.loses()
	s.restarts()
	return s.err
}

// enters lets the client in, with a new token, and sees where it goes on.
func (s *pageScript) enters(credentials, token, cursor string) {
	if strings.Contains(credentials, "username") {
		s.asks("register", credentials)
		s.refuses(409, `{"kind":"conflict","retryable":false}`)
	}
	s.asks("login", credentials)
	s.answers(s.last, fmt.Sprintf(`{"token":%q,"cursor":"k:99","limits":{"body":20}}`, token))
	if cursor != "" {
		s.asks("subscribe", fmt.Sprintf(`{"cursor":%q}`, cursor))
		s.answers(s.last, `{"cursor":"k:98","reset":false}`)
	}
}

// begins: home has two pages, of which the last tells where to go on. The
// subscription ends by lagging, while a send waits for its answer.
func (s *pageScript) begins() {
	s.connects(0)
	s.enters(`{"username":"ana"}`, "t:1", "")
	s.asks("conversations", `{}`)
	s.answers(s.last, `{"conversations":[{"name":"Bees","unread":0}],"next":"n:1","cursor":"k:0"}`)
	s.asks("conversations", `{"page":"n:1"}`)
	s.answers(s.last, `{"conversations":[{"with":"bo","unread":1}],"cursor":"k:1"}`)
	s.asks("subscribe", `{"cursor":"k:1"}`)
	s.answers(s.last, `{"cursor":"k:1","reset":false}`)
	s.shows("Bees: 0 unread", "bo: 1 unread")
	s.types("bo hello")
	s.asks("send", `{"to":"bo","body":"hello","client_id":`)
	sent := s.last
	s.tells("message", fmt.Sprintf(pageSeq, 1, 1, "bo", `,"body":"first"`, 2))
	s.tells("lagging", `{"cursor":"k:2"}`)
	s.asks("subscribe", `{"cursor":"k:2"}`)
	s.answers(sent, `{"conversation":"c:1","seq":2,"duplicate":false}`)
	s.answers(s.last, `{"cursor":"k:2","reset":false}`)
	s.tells("message", fmt.Sprintf(pageSeq, 2, 1, "ana", `,"body":"hello"`, 3))
	s.tells("message", fmt.Sprintf(pageSeq, 2, 1, "ana", `,"body":"hello"`, 4)) // once more
	s.tells("message_updated", fmt.Sprintf(pageSeq, 1, 2, "bo", `,"deleted":true`, 5))
	s.shows("#1 bo: first", "#2 ana: hello", "#1 bo: (deleted) (changed)")
}

// sends: what is refused for now is repeated after a while, and what is refused
// for good leaves the outbox, as does what the server would not read.
func (s *pageScript) sends() {
	s.types("bo one")
	s.asks("send", `{"to":"bo","body":"one","client_id":`)
	one := s.last
	s.refuses(429, fmt.Sprintf(`{"kind":"rate_limited","retryable":true,"retry_after_ms":%d}`, pageStay.Milliseconds()))
	s.repeats(one, pageStay)
	s.answers(s.last, `{"conversation":"c:1","seq":3,"duplicate":false}`)
	s.types("bo this is more than twenty bytes")
	s.types("nobody two")
	s.shows("not sent to bo: too long (413)")
	s.asks("send", `{"to":"nobody","body":"two","client_id":`)
	s.refuses(404, `{"kind":"not_found","retryable":false}`)
	s.shows("not sent to nobody: because (404)")
}

// loses: each login takes the token of the one before, and what was not answered
// is sent again.
func (s *pageScript) loses() {
	s.types("bo three")
	s.asks("send", `{"to":"bo","body":"three","client_id":`)
	three := s.last
	s.drop()
	s.connects(0)
	s.enters(`{"token":"t:1"}`, "t:2", "k:5")
	s.repeats(three, 0)
	s.answers(s.last, `{"conversation":"c:1","seq":4,"duplicate":true}`)
	s.tells("message", fmt.Sprintf(pageSeq, 4, 1, "ana", `,"body":"three"`, 6))
	s.shows("#4 ana: three")
	s.tells("draining", fmt.Sprintf(`{"delay_ms":%d}`, 3*pageStay.Milliseconds()))
	s.closes(1012)
	s.connects(3 * pageStay)
	s.enters(`{"token":"t:2"}`, "t:3", "k:6")
	s.closes(4002)
}

// restarts: the client goes on after its own death, whatever it did last, and not
// after the end of its session.
func (s *pageScript) restarts() {
	s.connects(0)
	s.enters(`{"username":"ana"}`, "t:4", "k:6")
	s.types("bo four")
	s.asks("send", `{"to":"bo","body":"four","client_id":`)
	four := s.last
	s.restartsAt("t:4", "t:5", "k:6")
	s.repeats(four, 0)
	s.answers(s.last, `{"conversation":"c:1","seq":5,"duplicate":false}`)
	s.tells("message", fmt.Sprintf(pageSeq, 5, 1, "ana", `,"body":"four"`, 7))
	s.shows("#5 ana: four")
	s.tells("message", fmt.Sprintf(pageSeq, 6, 1, "bo", `,"body":"five"`, 8))
	s.shows("#6 bo: five")
	s.tells("lagging", `{"cursor":"k:8"}`)
	s.asks("subscribe", `{"cursor":"k:8"}`) // so it has done with the event
	s.restartsAt("t:5", "t:6", "k:8")
	s.restartsAt("t:6", "t:7", "k:8")
	s.closes(4001)
	s.ends()
}

// restartsAt kills the client, and lets it go on with this token and cursor.
func (s *pageScript) restartsAt(token, next, cursor string) {
	if s.err != nil {
		return
	}
	s.dies()
	s.stored()
	s.drop()
	s.runs()
	s.connects(0)
	s.enters(fmt.Sprintf(`{"token":%q}`, token), next, cursor)
}

// pageMistakes are what somebody may do who reads the page in a hurry: a change
// of its lines, each of which the script must notice.
var pageMistakes = []struct{ name, lines, broken string }{
	{"the token is not stored", "login[\"limits\"]\n        self.state.save()\n", "login[\"limits\"]\n"},
	{"the first token is kept", "= login[\"token\"], login", "= self.state.token or login[\"token\"], login"},
	{"each login is by name", "if self.state.token:", "if False:"},
	{"a name that is taken is the end", "if refused.kind != \"conflict\":", "if True:"},
	{"the outbox is not stored", "self.state.save()\n        self.idle.clear()", "self.idle.clear()"},
	{"the cursor is not stored", "self.state.cursor = cursor\n        self.state.save()", "self.state.cursor = cursor"},
	{"the file is for everybody", "0o600", "0o644"},
	{"home is one page", "if \"next\" not in page:", "if True:"},
	{"lagging is ignored", "await self.catch_up()\n        elif", "pass\n        elif"},
	{"lagging is followed by a hole", "await self.catch_up()\n        elif", "await self.ask(\"subscribe\", {})\n        elif"},
	{"what comes before an answer is dropped", "self.backlog.extendleft(reversed(kept))", "pass"},
	{"what comes twice is shown twice", "if self.seen.get(key, 0) >= message[\"rev\"]:", "if False:"},
	{"what changed is not shown", "if self.seen.get(key, 0) >= message[\"rev\"]:", "if key in self.seen:"},
	{"each message has a body", "message.get('body', '(deleted)')", "message['body']"},
	{"what is refused is dropped", "if refused.retryable:\n                    await", "if False:\n                    await"},
	{"what is refused is repeated", "if refused.retryable:\n                    await", "if True:\n                    await"},
	{"what is refused is repeated at once", "asyncio.sleep(refused.after + random.uniform(0, 0.25))", "asyncio.sleep(0)"},
	{"a message that is too long is sent", "if len(message[\"body\"].encode()) > self.limits[\"body\"]:", "if False:"},
	{"what is not answered is given up", "self.sent = message[\"client_id\"],", "self.state.outbox[0] = {\"to\": \"\", \"body\": \"\"}\n            self.sent = message[\"client_id\"],"},
	{"each attempt has a client id of its own", "self.sent = message[\"client_id\"],", "message[\"client_id\"] += \"x\"\n            self.sent = message[\"client_id\"],"},
	{"draining is ignored", "self.away = params[\"delay_ms\"] / 1000", "pass"},
	{"a restart is the end", "if code in (1002,", "if code in (1012, 1002,"},
	{"a token that has expired is kept", "self.state.token = None\n            await", "pass\n            await"},
	{"the end of the session is not", "1009, 4001, 4008)", "1009)"},
}

// The client of the page does what the page says about what servers rarely do,
// and the script is one that notices who does not.
func TestClientOfThePageKeepsToIt(t *testing.T) {
	servertest.Require(t, servertest.Pip("websockets", "17.4"))
	right := clientPage(t)
	if err := playPage(t.Context(), right, t.TempDir(), 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		return
	}
	code, err := os.ReadFile(right)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range pageMistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(string(code), m.lines) != 1 {
				t.Fatalf("the page does not say this once: %s", m.lines)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "broken.py")
			if err := os.WriteFile(file, []byte(strings.Replace(string(code), m.lines, m.broken, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := playPage(t.Context(), file, dir, time.Second); err == nil {
				t.Error("the script does not notice")
			} else {
				t.Log(err)
			}
		})
	}
}
