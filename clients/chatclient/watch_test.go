package chatclient

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

// watching is a fake that answers presence: everybody is online.
func watching(t *testing.T) (f *fake, asked func() []string) {
	f = newFake(t)
	f.on = func(c *fakeConn, r fakeRequest) bool {
		if r.Method == "presence" {
			result := protocol.PresenceResult{}
			for _, name := range usernamesIn(r.Params) {
				result.Presence = append(result.Presence, protocol.Presence{Username: name, State: protocol.Online})
			}
			c.reply(r, result)
		}
		return r.Method == "presence"
	}
	return f, func() (all []string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, r := range f.requests {
			if r.Method == "presence" || r.Method == "subscribe" {
				all = append(all, r.Method+" "+string(r.Params))
			}
		}
		return all
	}
}

func TestPresenceIsWatchedAgainOnEachConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, asked := watching(t)
		told := make(chan any, 100)
		o := f.options()
		o.OnEphemeral = func(event any) { told <- event }
		c := dial(t, o)
		go func() { // ends with the client
			for range c.Events(t.Context()) {
			}
		}()
		synctest.Wait()
		_, err := Call(t.Context(), c, protocol.PresenceOf, protocol.PresenceParams{Usernames: []protocol.Username{"cy"}})
		must(t, err)
		_, err = c.CallRaw(t.Context(), "presence", jsontext.Value(`[["bo"]]`))
		must(t, err)
		f.open[0].notify("typing", protocol.TypingEvent{Conversation: room, Username: "bo", On: true})
		for i := range 2 {
			f.open[i].close(protocol.CloseRestart)
			time.Sleep(time.Second) // of the bubble's clock
			synctest.Wait()
		}
		bo := protocol.Presence{Username: "bo", State: protocol.Online}
		close(told)
		var got []any
		for event := range told {
			got = append(got, event)
		}
		if diff := cmp.Diff([]any{protocol.TypingEvent{Conversation: room, Username: "bo", On: true}, bo, bo}, got); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		want := []string{`subscribe {"cursor":"0"}`, `presence {"usernames":["cy"]}`, `presence [["bo"]]`}
		for range 2 {
			want = append(want, `subscribe {"cursor":"0"}`, `presence {"usernames":["bo"]}`)
		}
		if diff := cmp.Diff(want, asked()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

// What is watched is what the application asked for last, also when it did so
// while the client was asking for those before.
func TestTheLatestPresenceIsTheOneThatIsWatched(t *testing.T) {
	var w watch
	now := time.Now()
	next := func() string {
		if due, _ := w.next(now, time.Hour); !due {
			return ""
		}
		return fmt.Sprint(w.ask().Usernames)
	}
	expect := func(want string) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("asks for %q, want %q", got, want)
		}
	}
	w.end()
	expect("")
	w.take(jsontext.Value(`{"usernames":["bo"]}`))
	expect("")
	w.end()
	expect("[bo]")
	expect("")
	w.take(jsontext.Value(`{"usernames":["cy"]}`)) // is answered before what asks for bo
	w.told()
	expect("[cy]")
	w.refused(protocol.Errorf(protocol.RateLimited, "no"), Backoff{})
	now = time.Now()
	expect("[cy]")
	w.refused(protocol.Errorf(protocol.MethodNotFound, "no"), Backoff{})
	expect("")
	w.end()
	expect("[cy]")
	w.take(jsontext.Value(`{"usernames":[]}`))
	w.told()
	expect("[]")
	w.told()
	w.end()
	expect("")
}
