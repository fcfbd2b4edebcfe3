package chatclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
	"asappchat/server/servertest"
)

// as connects a client for a new user, for the length of the test.
func as(t *testing.T, s *servertest.Server, username string, options chatclient.Options) *chatclient.Client {
	t.Helper()
	register(t, s, username)
	options.Username = username
	options.Backoff.Base = 10 * time.Millisecond
	options.Backoff.Cap = 100 * time.Millisecond // connections that carry too little come often
	c, err := chatclient.Dial(t.Context(), s.URL, &options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func register(t *testing.T, s *servertest.Server, username string) {
	t.Helper()
	c, err := chatclient.Dial(t.Context(), s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := chatclient.Call(t.Context(), c, protocol.Register, protocol.RegisterParams{Username: username}); err != nil {
		t.Fatal(err)
	}
}

// send starts n sends of ana's to bo.
func send(ctx context.Context, c *chatclient.Client, n int) []*chatclient.Pending[protocol.SendResult] {
	pending := make([]*chatclient.Pending[protocol.SendResult], n)
	for i := range n {
		params := protocol.SendParams{To: "bo", Body: fmt.Sprint(i)}
		pending[i] = chatclient.Go(ctx, c, protocol.Send, params)
	}
	return pending
}

// hear holds that the next n messages are those of send, and calls each.
func hear(t *testing.T, c *chatclient.Client, n int, each func(int)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	heard := 0
	for event, err := range c.Events(ctx) {
		if err != nil {
			t.Fatalf("after %d messages: %v", heard, err)
		}
		m, ok := event.(protocol.MessageEvent)
		if !ok {
			continue
		}
		if want := fmt.Sprint(heard); m.Message.Body != want || m.Message.Seq != int64(heard+1) {
			t.Fatalf("message %d is %+v", heard, m.Message)
		}
		each(heard)
		if heard++; heard == n {
			break
		}
	}
}

func TestRestartsOfTheServerAreNotSeen(t *testing.T) {
	s := servertest.New(t)
	bo := as(t, s, "bo", chatclient.Options{})
	ana := as(t, s, "ana", chatclient.Options{})
	const n = 1000
	pending := send(t.Context(), ana, n)
	hear(t, bo, n, func(heard int) {
		if heard%300 == 100 {
			s.Restart()
		}
	})
	for i, p := range pending {
		if result, err := p.Wait(); err != nil || result.Seq != int64(i+1) {
			t.Fatalf("send %d: %+v, %v", i, result, err)
		}
	}
}

// shaky is a connection that breaks after so many bytes.
type shaky struct {
	net.Conn
	left atomic.Int64
}

func (c *shaky) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *shaky) Write(p []byte) (int, error) {
	if c.left.Add(-int64(len(p))) < 0 {
		c.Close()
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(p)
}

// shakyClient makes connections each of which carries a little more than the
// one before.
func shakyClient() *http.Client {
	var dialer net.Dialer
	var carries atomic.Int64
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &shaky{Conn: conn}
		c.left.Store(2000 + carries.Add(500))
		return c, nil
	}}}
}

func TestShakyConnectionsAreNotSeen(t *testing.T) {
	s := servertest.New(t)
	bo := as(t, s, "bo", chatclient.Options{HTTPClient: shakyClient()})
	ana := as(t, s, "ana", chatclient.Options{HTTPClient: shakyClient()})
	const n = 200
	pending := send(t.Context(), ana, n)
	hear(t, bo, n, func(int) {})
	for i, p := range pending {
		if result, err := p.Wait(); err != nil || result.Seq != int64(i+1) {
			t.Fatalf("send %d: %+v, %v", i, result, err)
		}
	}
}

func TestASlowReaderGetsAll(t *testing.T) {
	s := servertest.New(t)
	bo := as(t, s, "bo", chatclient.Options{Buffer: 5000})
	ana := as(t, s, "ana", chatclient.Options{})
	hello := send(t.Context(), ana, 1)
	const n = 300
	heardFirst := func(int) {
		for _, p := range append(hello, rest(t, ana, n)...) {
			if _, err := p.Wait(); err != nil {
				t.Error(err)
			}
		}
	}
	hear(t, bo, n, func(heard int) {
		if heard == 0 {
			heardFirst(heard)
		}
		params := protocol.HistoryParams{With: "ana"}
		if _, err := chatclient.Call(t.Context(), bo, protocol.History, params); err != nil {
			t.Error(err)
		}
	})
}

// rest is send from 1 on.
func rest(t *testing.T, c *chatclient.Client, n int) (pending []*chatclient.Pending[protocol.SendResult]) {
	for i := 1; i < n; i++ {
		params := protocol.SendParams{To: "bo", Body: fmt.Sprint(i)}
		pending = append(pending, chatclient.Go(t.Context(), c, protocol.Send, params))
	}
	return pending
}

func TestAClientGoesOnFromItsTokenAndCursor(t *testing.T) {
	s := servertest.New(t)
	register(t, s, "bo")
	ana := as(t, s, "ana", chatclient.Options{})
	var token string
	options := chatclient.Options{
		Credentials: chatclient.Credentials{Username: "bo", Device: "test"},
		OnToken:     func(t string) error { token = t; return nil },
	}
	var bodies []string
	for i := range 3 {
		params := protocol.SendParams{To: "bo", Body: fmt.Sprint(i)}
		bo, err := chatclient.Dial(t.Context(), s.URL, &options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chatclient.Call(t.Context(), ana, protocol.Send, params); err != nil {
			t.Fatal(err)
		}
		for event, err := range bo.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := event.(protocol.MessageEvent); ok {
				bodies = append(bodies, m.Message.Body)
				break
			}
		}
		options.Cursor = bo.Cursor()
		options.Credentials = chatclient.Credentials{Token: token}
		bo.Close()
	}
	if diff := cmp.Diff([]string{"0", "1", "2"}, bodies); diff != "" {
		t.Error(diff)
	}
}

func TestARevokedSessionIsTheEnd(t *testing.T) {
	s := servertest.New(t)
	one := as(t, s, "ana", chatclient.Options{})
	two, err := chatclient.Dial(t.Context(), s.URL, &chatclient.Options{Credentials: chatclient.Credentials{Username: "ana"}})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	if _, err := chatclient.Call(t.Context(), one, protocol.Revoke, protocol.RevokeParams{Session: two.Login().Session}); err != nil {
		t.Fatal(err)
	}
	for _, err := range two.Events(t.Context()) {
		var closed *chatclient.CloseError
		if !errors.As(err, &closed) || closed.Code != protocol.CloseRevoked {
			t.Errorf("events end with %v", err)
		}
	}
}

func TestTheServersErrorsAreTold(t *testing.T) {
	s := servertest.New(t)
	ana := as(t, s, "ana", chatclient.Options{})
	_, err := chatclient.Call(t.Context(), ana, protocol.Send, protocol.SendParams{To: "nobody", Body: "x"})
	if !errors.Is(err, &protocol.Error{Kind: protocol.NotFound}) {
		t.Errorf("got %v", err)
	}
	limit := 0
	_, err = chatclient.Call(t.Context(), ana, protocol.Users, protocol.UsersParams{Limit: &limit})
	var told *protocol.Error
	if !errors.As(err, &told) || told.Pointer != "/limit" {
		t.Errorf("got %#v", err)
	}
}
