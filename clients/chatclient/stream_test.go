package chatclient

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

func TestDecodeFrame(t *testing.T) {
	const (
		taken   = "taken"
		skipped = "skipped"
		refused = "refused"
	)
	for _, test := range []struct{ frame, want string }{
		{`{"jsonrpc":"2.0","id":1,"result":{}}`, taken},
		{`{"jsonrpc":"2.0","id":1,"result":null}`, taken},
		{`{"jsonrpc":"2.0","id":1,"result":{},"error":null}`, taken},
		{`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}`, taken},
		{`{"jsonrpc":"2.0","id":"x","result":{}}`, taken},
		{`{"jsonrpc":"2.0","method":"x"}`, taken},
		{`{"jsonrpc":"2.0","method":"x","params":[1],"more":2}`, taken},
		{`{"jsonrpc":"2.0","id":7,"method":"x"}`, taken},
		{`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}`, skipped},
		{`{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}`, skipped},
		{`{"jsonrpc":"2.0","id":1.5,"result":1}`, skipped},
		{`{"jsonrpc":"2.0","id":-1,"result":1}`, skipped},
		{`{"jsonrpc":"2.0","id":[],"result":1}`, skipped},
		{`{"jsonrpc":"2.0","id":{},"method":"x"}`, skipped},
		{`{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}`, refused},
		{`{"jsonrpc":"2.0","id":1,"method":"x","result":1}`, refused},
		{`{"jsonrpc":"2.0","id":1}`, refused},
		{`{"jsonrpc":"2.0"}`, refused},
		{`{"id":1,"result":1}`, refused},
		{`{"jsonrpc":"1.0","id":1,"result":1}`, refused},
		{`{"jsonrpc":"2.0","id":1,"Result":1}`, refused},
		{`{"jsonrpc":"2.0","id":1,"result":1,"result":2}`, refused},
		{`{"jsonrpc":"2.0","method":5}`, refused},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}", refused},
		{`[{"jsonrpc":"2.0","id":1,"result":1}]`, refused},
		{`[]`, refused}, {`null`, refused}, {`1`, refused}, {`"x"`, refused}, {`{`, refused}, {``, refused},
	} {
		message, err := decodeFrame(websocket.MessageText, []byte(test.frame))
		got := taken
		if err != nil {
			got = refused
		} else if message == nil {
			got = skipped
		}
		if got != test.want {
			t.Errorf("%s is %s, want %s", test.frame, got, test.want)
		}
	}
}

// An answer to no request in particular must not answer the first one, as the
// id 0 of a client that counts from there would have it.
func TestAnErrorWithoutAnIDAnswersNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on = func(c *fakeConn, r fakeRequest) bool {
			for _, id := range []string{`"id":null,`, "", `"id":0,`} {
				c.write(`{"jsonrpc":"2.0",` + id + `"error":{"code":-32700,"message":"x"}}`)
			}
			return false
		}
		if result, err := say(t.Context(), dial(t, f.options()), "hello"); err != nil || result.Seq != 1 || f.dials != 1 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// What breaks the protocol ends the connection, and counts as no answer.
func TestABrokenAnswerIsNotTaken(t *testing.T) {
	for _, frame := range []string{
		`{"jsonrpc":"2.0","id":ID,"result":{"seq":99},"error":{"code":1,"message":"x"}}`,
		`{"jsonrpc":"2.0","id":ID,"result":{"seq":99}`,
		`[{"jsonrpc":"2.0","id":ID,"result":{"seq":99}}]`,
		`{"jsonrpc":"2.0","method":"message","params":{"message":{"seq":"x"}}}`,
		`{"jsonrpc":"2.0","method":"message","params":{"message":{"seq":1}}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			f.on = func(c *fakeConn, r fakeRequest) bool {
				if c.n > 1 || r.Method != "send" {
					return false
				}
				c.write(strings.Replace(frame, "ID", string(r.ID), 1))
				return true
			}
			var why error
			o := f.options()
			o.OnRetry = func(err error, _ time.Duration) { why = err }
			result, err := say(t.Context(), dial(t, o), "hello")
			if err != nil || result.Seq != 1 || f.dials != 2 || why == nil || !strings.Contains(why.Error(), "violated") {
				t.Errorf("%s: %+v, %v, retried for %v", frame, result, err, why)
			}
		})
	}
}

func TestTheLoggerOfTheLibraryIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.open[0].write(`{"jsonrpc":"2.0","id":777,"result":"a line of the server's choosing"}`)
		if _, err := say(t.Context(), c, "hello"); err != nil {
			t.Error(err)
		}
	})
}

func TestErrorsOfAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		unknown := &protocol.LaterKind{Code: 1, Retryable: protocol.Internal.Retryable()}
		objects := map[string]*protocol.Error{
			`{"code":404,"message":"x","data":{"kind":"not_found"}}`:                               {Kind: protocol.NotFound, Message: "x"},
			`{"code":404,"message":"x"}`:                                                           {Kind: protocol.NotFound, Message: "x"},
			`{"code":-32601,"message":"x","data":"of another kind"}`:                               {Kind: protocol.MethodNotFound, Message: "x"},
			`{"code":12345,"message":"x"}`:                                                         {Kind: protocol.Internal, Message: "x"},
			`{"code":1,"message":"x","data":{"kind":"new","retry_after_ms":1500,"more":[]}}`:       {Kind: "new", Message: "x", RetryAfter: 1500 * time.Millisecond, Later: unknown},
			`{"code":1,"message":"x","data":{"kind":"new","retry_after_ms":9007199254740991}}`:     {Kind: "new", Message: "x", RetryAfter: maxDelay, Later: unknown},
			`{"code":1,"message":"x","data":{"kind":"conflict","retry_after_ms":-5,"pointer":""}}`: {Kind: protocol.Conflict, Message: "x"},
		}
		var object string
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if r.Method == "send" {
				c.write(`{"jsonrpc":"2.0","id":` + string(r.ID) + `,"error":` + object + `}`)
			}
			return r.Method == "send"
		}
		c := dial(t, f.options())
		var want *protocol.Error
		for object, want = range objects {
			_, err := say(context.Background(), c, "hello")
			var got *protocol.Error
			if !errors.As(err, &got) || !cmp.Equal(want, got) {
				t.Errorf("%s is %v", object, err)
			}
		}
	})
}
