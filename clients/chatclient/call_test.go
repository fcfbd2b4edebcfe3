package chatclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"asappchat/protocol"
)

func TestASendWhoseAnswerWasLostKeepsItsClientID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 3, protocol.CloseInternal)
		result, err := say(t.Context(), dial(t, f.options()), "hello")
		if err != nil || !result.Duplicate || len(f.log) != 1 || f.dials != 4 {
			t.Errorf("%+v, %v; %d messages in %d connections", result, err, len(f.log), f.dials)
		}
		if id, err := uuid.Parse(f.message(0).ClientID); err != nil || id.Version() != 7 {
			t.Errorf("client id %q is not a UUID of version 7", f.message(0).ClientID)
		}
	})
}

func TestAClientIDOfTheCallersIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		params := protocol.SendParams{To: room, Body: "<&> é", ClientID: "mine"}
		_, err := Call(t.Context(), dial(t, f.options()), protocol.Send, params)
		must(t, err)
		want := `{"to":"` + room + `","body":"<&> é","client_id":"mine"}`
		if diff := cmp.Diff(want, string(f.requests[1].Params)); diff != "" {
			t.Errorf("params (-want +got):\n%s", diff)
		}
	})
}

// However a send is called, it gets a client id unless it has one, and so is
// repeated when its answer was lost.
func TestASendByItsNameIsASend(t *testing.T) {
	for _, test := range []struct{ params, id string }{
		{`{"to":"` + room + `","body":"hello","data":{"a":1.50}}`, ""},
		{`{"to":"` + room + `","body":"hello","client_id":""}`, ""},
		{`{"to":"` + room + `","body":"hello","client_id":null}`, ""},
		{`["` + room + `","hello"]`, ""},
		{`["` + room + `","hello",""]`, ""},
		{`["` + room + `","hello",null]`, ""},
		{`["` + room + `","hello","mine"]`, "mine"},
		{`{"client_id":"mine","to":"` + room + `","body":"hello"}`, "mine"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			f.on = func(c *fakeConn, r fakeRequest) bool {
				switch {
				case r.Method != "send":
					return false
				case c.n == 1:
					c.ws.CloseNow()
				default:
					c.reply(r, protocol.Empty{})
				}
				return true
			}
			c := dial(t, f.options())
			if _, err := c.CallRaw(t.Context(), "send", jsontext.Value(test.params)); err != nil {
				t.Fatalf("%s: %v", test.params, err)
			}
			first, again := f.requests[1].Params, f.requests[3].Params
			if diff := cmp.Diff(string(first), string(again)); diff != "" {
				t.Errorf("repeated as (-first +again):\n%s", diff)
			}
			if id := clientIDOf(t, again); test.id != "" && string(again) != test.params || test.id == "" && uuid.Validate(id) != nil {
				t.Errorf("%s was sent as %s", test.params, again)
			}
		})
	}
}

func clientIDOf(t *testing.T, params jsontext.Value) string {
	t.Helper()
	var send struct {
		ClientID string `json:"client_id"`
	}
	if params.Kind() == '{' {
		must(t, json.Unmarshal(params, &send))
		return send.ClientID
	}
	var list []string
	must(t, json.Unmarshal(params, &list))
	return list[2]
}

// One more call than the outbox holds waits for room, or for the end of its
// context.
func TestACallWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		release := make(chan struct{})
		f.on = func(_ *fakeConn, r fakeRequest) bool {
			if r.Method == "send" {
				<-release
			}
			return false
		}
		c := dial(t, f.options())
		for range outboxMax {
			Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: "x"})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := say(ctx, c, "never mind"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without room: %v", err)
		}
		late := make(chan error)
		go func() { // ends with the answer
			_, err := say(t.Context(), c, "late")
			late <- err
		}()
		synctest.Wait()
		close(release)
		must(t, <-late)
		if n := len(f.log); n != outboxMax+1 || f.message(outboxMax).Body != "late" {
			t.Errorf("%d messages, the last is %q", n, f.message(n-1).Body)
		}
	})
}

func TestOrderIsKeptAcrossAReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if c.n <= 5 && r.Method == "send" && f.cursor() == strconv.Itoa(7*c.n) {
				c.ws.CloseNow()
				return true
			}
			return false
		}
		c := dial(t, f.options())
		pending := []*Pending[protocol.SendResult]{}
		for i := range 200 {
			params := protocol.SendParams{To: room, Body: fmt.Sprint(i)}
			pending = append(pending, Go(t.Context(), c, protocol.Send, params))
		}
		for i, p := range pending {
			if result, err := p.Wait(); err != nil || result.Seq != int64(i+1) || f.message(i).Body != fmt.Sprint(i) {
				t.Fatalf("message %d is %+v, %v", i, result, err)
			}
		}
	})
}

func TestARefusalForNowIsWaitedForAndKeepsOrder(t *testing.T) {
	for _, kind := range []protocol.Kind{protocol.RateLimited, protocol.Unavailable, protocol.Draining, protocol.UnknownOutcome} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			began := time.Now()
			f.on = func(c *fakeConn, r fakeRequest) bool {
				refuse := r.Method == "send" && time.Since(began) < 5*time.Second
				if refuse {
					c.refuse(r, &protocol.Error{Kind: kind, RetryAfter: 2 * time.Second})
				}
				return refuse
			}
			c := dial(t, f.options())
			pending := []*Pending[protocol.SendResult]{}
			for i := range 100 {
				pending = append(pending, Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: fmt.Sprint(i)}))
			}
			for i, p := range pending {
				if result, err := p.Wait(); err != nil || result.Seq != int64(i+1) {
					t.Fatalf("%s: message %d is %+v, %v", kind, i, result, err)
				}
			}
			if took := time.Since(began); took < 6*time.Second || took > 8*time.Second {
				t.Errorf("%s: took %v", kind, took)
			}
		})
	}
}

// While one message is refused and another one is still unanswered, which may
// be refused as well, a third one must not pass them.
func TestNothingPassesARefusedSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		refusals := 0
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if r.Method != "send" || refusals == 2 {
				return false
			}
			// Not before both have been written.
			time.AfterFunc(time.Second/4+time.Duration(refusals)*time.Second, func() {
				c.refuse(r, &protocol.Error{Kind: protocol.RateLimited, RetryAfter: time.Millisecond})
			})
			refusals++
			return true
		}
		o := f.options()
		o.Backoff.Base = time.Millisecond
		c := dial(t, o)
		first := Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: "0"})
		second := Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: "1"})
		time.Sleep(time.Second / 2)
		third := Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room, Body: "2"})
		for i, p := range []*Pending[protocol.SendResult]{first, second, third} {
			if result, err := p.Wait(); err != nil || result.Seq != int64(i+1) {
				t.Errorf("message %d is %+v, %v", i, result, err)
			}
		}
	})
}

func TestADefiniteRefusalIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		want := &protocol.Error{Kind: protocol.InvalidParams, Message: "no", Pointer: "/to", Incident: "i7"}
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if r.Method == "send" {
				c.refuse(r, want)
			}
			return r.Method == "send"
		}
		_, err := say(t.Context(), dial(t, f.options()), "hello")
		var got *protocol.Error
		if !errors.As(err, &got) || !cmp.Equal(want, got) {
			t.Errorf("got %v", err)
		}
	})
}

// A kind of a newer server keeps its name; its code and what it says of itself
// decide what is done about it.
func TestAKindThatIsNotKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		answers := []string{
			`{"code":503,"message":"no","data":{"kind":"too_busy"}}`, // waited for
			`{"code":404,"message":"no","data":{"kind":"not_yours"}}`,
			`{"code":503,"message":"no","data":{"kind":"gone_fishing","retryable":false}}`,
			`{"code":418,"message":"no","data":{"kind":"teapot","retryable":true}}`,
		}
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if r.Method != "send" || len(answers) == 0 {
				return false
			}
			c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":%s}`, r.ID, answers[0]))
			answers = answers[1:]
			return true
		}
		c := dial(t, f.options())
		for _, want := range []*protocol.Error{
			{Kind: "not_yours", Message: "no", Later: &protocol.LaterKind{Code: 404}},
			{Kind: "gone_fishing", Message: "no", Later: &protocol.LaterKind{Code: 503}},
			{Kind: "teapot", Message: "no", Later: &protocol.LaterKind{Code: 418, Retryable: true}},
		} {
			_, err := say(t.Context(), c, "hello")
			var got *protocol.Error
			if !errors.As(err, &got) || !cmp.Equal(want, got) || got.Retryable() != want.Later.Retryable {
				t.Errorf("got %v, want %v", err, want)
			}
			if found := errors.Is(err, &protocol.Error{Kind: protocol.NotFound}); found != (want.Kind == "not_yours") {
				t.Errorf("%v is %v", err, protocol.NotFound)
			}
		}
	})
}

// A command that cannot be repeated tells that its outcome is not known; a
// query is asked again.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if lost := c.n%2 == 1 && r.Method != "login"; lost {
				c.ws.CloseNow()
				return true
			}
			return false
		}
		c := dial(t, f.options())
		if _, err := Call(t.Context(), c, protocol.Users, protocol.UsersParams{}); err != nil {
			t.Errorf("query: %v", err)
		}
		f.open[1].close(protocol.CloseRestart)
		synctest.Wait()
		_, err := Call(t.Context(), c, protocol.Create, protocol.CreateParams{Name: "x"})
		if !errors.Is(err, &protocol.Error{Kind: protocol.UnknownOutcome}) {
			t.Errorf("command: %v", err)
		}
		if creates := slices.Index(f.asked(), "create"); creates != len(f.asked())-1 {
			t.Errorf("asked %v", f.asked())
		}
	})
}

func TestTheEndOfAContextFreesItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool { return c.n == 1 && r.Method != "login" }
		o := f.options()
		o.InFlight = 4
		c := dial(t, o)
		for range 3 * outboxMax {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := say(ctx, c, "hello"); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v", err)
			}
			cancel()
		}
		if held := held(c); held > o.InFlight {
			t.Errorf("%d calls are held", held)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		if held := held(c); held != 0 || len(c.outbox.slots) != 0 || f.dials != 2 {
			t.Errorf("%d calls are held after %d connections", held, f.dials)
		}
	})
}

func held(c *Client) int {
	c.outbox.mu.Lock()
	defer c.outbox.mu.Unlock()
	return len(c.outbox.calls)
}

func TestTheEndOfAContextSaysWhatWasInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.dial = func(n int, conn net.Conn) net.Conn {
			if n > 1 {
				return nil
			}
			return conn
		}
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if r.Method == "send" {
				c.refuse(r, &protocol.Error{Kind: protocol.RateLimited, RetryAfter: time.Hour})
			}
			return r.Method == "send"
		}
		c := dial(t, f.options())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := say(ctx, c, "hello")
		if !errors.Is(err, context.DeadlineExceeded) || kindOfError(err) != protocol.RateLimited {
			t.Errorf("refused: %v", err)
		}
		f.open[0].close(protocol.CloseGoingAway)
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = Call(ctx, c, protocol.Ping, protocol.Empty{})
		if !errors.Is(err, context.DeadlineExceeded) || c.trouble.Load() == nil {
			t.Errorf("unreachable: %v", err)
		}
		t.Log(err)
	})
}

// What was in the way before is forgotten with a new connection.
func TestAnOldObstacleIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 1, protocol.CloseInternal)
		c := dial(t, f.options())
		_, err := say(t.Context(), c, "hello")
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var closed *CloseError
		if _, err := say(ctx, c, "hello"); !errors.Is(err, context.Canceled) || errors.As(err, &closed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAFrameBeyondTheLimitIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		_, err := say(t.Context(), dial(t, f.options()), string(make([]byte, 256<<10)))
		if kindOfError(err) != protocol.TooLarge || slices.Contains(f.asked(), "send") {
			t.Errorf("got %v after %v", err, f.asked())
		}
	})
}

func TestCloseEndsAllThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool { return r.Method == "send" }
		c := dial(t, f.options())
		pending := Go(t.Context(), c, protocol.Send, protocol.SendParams{To: room})
		ended := make(chan error)
		go func() { // ends with the client
			for _, err := range c.Events(t.Context()) {
				ended <- err
			}
			close(ended)
		}()
		synctest.Wait()
		must(t, c.Close())
		_, err := pending.Wait()
		_, later := say(t.Context(), c, "hello")
		for _, err := range []error{err, later} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("got %v", err)
			}
		}
		if err, more := <-ended; more {
			t.Errorf("the events end with %v", err)
		}
		mirror, err := NewMirror(c, nil)
		must(t, err)
		for change, err := range mirror.Changes(t.Context()) {
			t.Errorf("a mirror of a closed client shows %v, %v", change, err)
		}
		must(t, c.Close())
	})
}

// nested are that many arrays inside each other.
func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// What a client logs in with is held to the same.
func TestCredentialsThatNobodyReadsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		for _, change := range []func(*Options){
			func(o *Options) { o.Username = "\xff" },
			func(o *Options) { o.Password = "\xff" },
			func(o *Options) { o.Token = "\xff" },
			func(o *Options) { o.Device = "\xff" },
			func(o *Options) { o.Cursor = "\xff" },
		} {
			o := f.options()
			change(o)
			if _, err := Dial(t.Context(), "ws://fake", o); kindOfError(err) != protocol.Parse {
				t.Errorf("%+v: %v", o.Credentials, err)
			}
		}
		if len(f.asked()) > 0 {
			t.Errorf("asked %v", f.asked())
		}
	})
}

// What the server could only answer with an error of no request fails at once.
func TestParamsThatNobodyReadsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		for _, params := range []protocol.SendParams{
			{To: room, Body: "\xff"},
			{To: room, Data: jsontext.Value(`"\udc00"`)},
			{To: room, Data: jsontext.Value(nested(63))},
		} {
			if _, err := Call(t.Context(), c, protocol.Send, params); kindOfError(err) != protocol.Parse {
				t.Errorf("%+v: %v", params, err)
			}
		}
		guest := dial(t, &Options{HTTPClient: f.options().HTTPClient})
		if _, err := guest.CallRaw(t.Context(), "ping", jsontext.Value(nested(64))); kindOfError(err) != protocol.Parse {
			t.Errorf("before login: %v", err)
		}
		if diff := cmp.Diff([]string{"login"}, f.asked()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestCallRaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newFake(t).options())
		for _, test := range []struct{ method, params, want string }{
			{"send", `{"to":"` + room + `","body":"hello"}`, ""},
			{"nonsense", "", ""},
			{"ping", "{", "parse: params of ping are not valid JSON"},
			{"ping", `{"a":1,"a":2}`, "parse: params of ping are not valid JSON"},
			{"ping", `{"a":"\ud800"}`, "parse: params of ping are not valid JSON"},
			{"ping", nested(64), "parse: ping: more than 64 arrays and objects inside each other"},
			{"ping", nested(63), ""},
			{"ping", `{"a":"` + strings.Repeat("[", 100) + `"}`, ""},
			{"no\xff", "", `parse: method "no\xff" is not UTF-8`},
			{"login", `["ana"]`, "invalid_request: login is done by the client itself"},
		} {
			result, err := c.CallRaw(t.Context(), test.method, []byte(test.params))
			if err != nil && err.Error() != test.want || err == nil && (test.want != "" || !result.IsValid()) {
				t.Errorf("%s %s: %s, %v", test.method, test.params, result, err)
			}
		}
	})
}
