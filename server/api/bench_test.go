package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/alloctest"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/store"
)

// instantStore has everything ready, so that what is measured is the API's.
type instantStore struct {
	Store
	gate chan struct{} // held, commits wait
	page store.History
	home store.Home
	// outcomes are used in turn: the journal announces one group while it
	// commits another.
	outcomes [2][]store.Outcome
	turn     int
}

func newInstantStore() *instantStore {
	s := &instantStore{gate: make(chan struct{}, 1), page: store.History{Conversation: "c:0123456789012345678901", FirstSeq: 1, LastSeq: 50}}
	for i := range int64(50) {
		s.page.Messages = append(s.page.Messages, protocol.Message{Conversation: s.page.Conversation, Seq: i + 1, Rev: 1, Sender: "ana",
			Body: strings.Repeat("x", 120), At: 1795428000007, ClientID: "0198c5a0-1b2c-7def-8abc-0123456789ab"})
		s.home.Items = append(s.home.Items, store.HomeItem{Activity: store.Place(50 - i), Conversation: protocol.Conversation{
			ID: s.page.Conversation, Kind: protocol.Direct, With: "ana", Role: protocol.Plain, MemberCount: 2, Members: []string{"ana", "bo"},
			LastMessage: &s.page.Messages[0], LastSeq: 1, State: protocol.Opened, CreatedAt: 1795428000007, JoinedAt: 1795428000007}})
	}
	return s
}

func (s *instantStore) Head(context.Context) (store.Head, error) {
	return store.Head{Place: 7, Epoch: "epoch", CursorKey: make([]byte, 16)}, nil
}

func (s *instantStore) History(context.Context, string, string, store.Page) (store.History, error) {
	return s.page, nil
}

func (s *instantStore) Home(context.Context, string, store.HomePage) (store.Home, error) {
	return s.home, nil
}

var (
	stored = any(protocol.SendResult{Conversation: "c:0123456789012345678901", Seq: 12345, At: 1795428000007})
	owner  = any(store.SessionOwner{Session: protocol.Session{Session: "s:1"}, User: protocol.User{Username: "ana"}})
)

func (s *instantStore) Commit(_ context.Context, group []store.Mutation) ([]store.Outcome, error) {
	s.gate <- struct{}{}
	<-s.gate
	s.turn = 1 - s.turn
	outcomes := s.outcomes[s.turn][:0]
	for _, m := range group {
		o := store.Outcome{Value: stored}
		if _, ok := m.(*store.ExchangeToken); ok {
			o.Value = owner
		}
		outcomes = append(outcomes, o)
	}
	s.outcomes[s.turn] = outcomes
	return outcomes, nil
}

// sink is a connection that takes everything, and keeps the last of it.
type sink struct{ last []byte }

func (o *sink) Offer([]byte) bool                { return true }
func (o *sink) OfferAll(frames [][]byte) int     { return len(frames) }
func (o *sink) OfferLast([]byte)                 {}
func (o *sink) AwaitRoom() bool                  { return true }
func (o *sink) OfferSpare([]byte) bool           { return true }
func (o *sink) Put(message []byte)               { o.Send(message) }
func (o *sink) Flush()                           {}
func (o *sink) Close(protocol.CloseCode, string) {}
func (o *sink) Abort(protocol.CloseCode, string) {}
func (o *sink) Send(message []byte)              { o.last = append(o.last[:0], message...) }
func (o *sink) Admit(int)                        {}
func (o *sink) Dismiss()                         {}
func (o *sink) RemoteAddr() netip.Addr           { return netip.Addr{} }
func (o *sink) Done() <-chan struct{}            { return nil }

// desk is an API on an instant store, with one connection that is logged in.
type desk struct {
	*Session
	t     testing.TB
	store *instantStore
	out   *sink
	sends [][]byte
	sent  int
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, store: newInstantStore(), out: new(sink)}
	log := slog.New(slog.DiscardHandler)
	h, err := hub.New(t.Context(), d.store, hub.Options{Frame: func(m []byte) []byte { return m }, Connections: 9, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	j := journal.New(d.store, h, func(err error) { t.Error(err) }, log)
	t.Cleanup(j.Close)
	limits := protocol.DefaultLimits()
	limits.SendRate = 0
	a, err := New(t.Context(), d.store, j, h, Options{Limits: limits, SessionTTL: time.Hour, Logger: log, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	// The decoder keeps short strings that it saw lately, so no two sends
	// are alike.
	for i := range 1000 {
		d.sends = append(d.sends, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"send","params":{"to":"bo","body":"%s%d","client_id":"0198c5a0-1b2c-7def-8abc-%012d"}}`,
			i, strings.Repeat("x", 110), i, i))
	}
	d.Session = a.NewSession(d.out)
	t.Cleanup(h.Wait)
	t.Cleanup(d.Closed)
	d.serve(loginFrame)
	return d
}

var (
	loginFrame         = []byte(`{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":"t:0123456789012345678901234567890123456789012"}}`)
	pingFrame          = []byte(`{"jsonrpc":"2.0","id":17,"method":"ping"}`)
	historyFrame       = []byte(`{"jsonrpc":"2.0","id":17,"method":"history","params":{"with":"c:0123456789012345678901"}}`)
	subscribeFrame     = []byte(`{"jsonrpc":"2.0","id":17,"method":"subscribe"}`)
	conversationsFrame = []byte(`{"jsonrpc":"2.0","id":17,"method":"conversations"}`)
)

// serve has a frame answered with a result.
func (d *desk) serve(frame []byte) {
	d.Message(frame)
	d.settle()
	if !bytes.Contains(d.out.last, []byte(`"result"`)) {
		d.t.Fatalf("%s: %s", frame, d.out.last)
	}
}

// submit hands the next send to the journal.
func (d *desk) submit() {
	d.Message(d.sends[d.sent%len(d.sends)])
	d.sent++
}

// send has the next send answered.
func (d *desk) send() {
	d.submit()
	d.settle()
}

// login serves a connection that logs in by its token and goes.
func (d *desk) login() {
	s := d.api.NewSession(d.out)
	s.Message(loginFrame)
	s.Closed()
}

func BenchmarkPing(b *testing.B)          { benchFrame(b, pingFrame) }
func BenchmarkHistory(b *testing.B)       { benchFrame(b, historyFrame) }
func BenchmarkConversations(b *testing.B) { benchFrame(b, conversationsFrame) }
func BenchmarkSubscribe(b *testing.B)     { benchFrame(b, subscribeFrame) }

func benchFrame(b *testing.B, frame []byte) {
	d := newDesk(b)
	b.ReportAllocs()
	for b.Loop() {
		d.serve(frame)
	}
}

// BenchmarkSend takes sends from their frames to their answers, as many at a
// time as may be in flight, on a store that takes no time.
func BenchmarkSend(b *testing.B) {
	d := newDesk(b)
	b.ReportAllocs()
	for b.Loop() {
		d.submit()
	}
	d.settle()
}

func BenchmarkLoginByToken(b *testing.B) {
	d := newDesk(b)
	b.ReportAllocs()
	for b.Loop() {
		d.login()
	}
}

func BenchmarkContentHash(b *testing.B) {
	b.ReportAllocs()
	m := protocol.Message{Body: string(make([]byte, 120))}
	for b.Loop() {
		contentHash(&m)
	}
}

// Until a send is with the journal, it allocates its params, the body and the
// client id, its call, the mutation, an id for a new conversation, a copy of the
// request's id and what is to be done with the outcome. For the answer there is
// the result.
func TestSendAllocations(t *testing.T) {
	d := newDesk(t)
	alloctest.AtMost(t, 200, 9, d.send)
	d.store.gate <- struct{}{} // no answer comes
	alloctest.AtMost(t, 200, 8, d.submit)
	<-d.store.gate
	d.settle()
}

// A query allocates its call, its params if it has some, and its result. That of
// ping and of subscribe has a cursor, which takes two. That of conversations has
// one, too, and its limit, and the items of the page.
func TestQueryAllocations(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		frame []byte
		most  int
	}{{pingFrame, 4}, {historyFrame, 4}, {subscribeFrame, 6}, {conversationsFrame, 7}} {
		alloctest.AtMost(t, 100, c.most, func() { d.serve(c.frame) })
	}
}

func TestLoginAllocations(t *testing.T) {
	alloctest.AtMost(t, 100, 18, newDesk(t).login)
}
