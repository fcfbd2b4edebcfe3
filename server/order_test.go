package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
	"asappchat/store"
	"asappchat/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// After a bad request net/http waits for half a second, to no end of ours.
		goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func send(id int, to, body string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"send","params":[%q,%q]}`, id, to, body)
}

// Requests written without waiting for answers are answered in their order,
// and a history sees the sends before it.
func TestPipelinedHistorySeesTheSendsBeforeIt(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo")
	ana := s.Login("ana")
	const rounds, each = 20, 30
	for r := range rounds {
		for i := range each {
			ana.Write(send(r*100+i, "bo", "hello"))
		}
		ana.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"history","params":["bo",1]}`, r*100+each))
	}
	for r := range rounds {
		for i := range each + 1 {
			m := ana.Read()
			if string(m.ID) != fmt.Sprint(r*100+i) {
				t.Fatalf("answer to %s, want %d", m.ID, r*100+i)
			}
			if i < each {
				continue
			}
			h := servertest.Decode[protocol.HistoryResult](t, m.Result)
			if want := int64((r + 1) * each); h.LastSeq != want || h.Messages[0].Seq != want {
				t.Fatalf("history up to %d, want %d", h.LastSeq, want)
			}
		}
	}
}

// The answer of a batch is one place in the order of answers, keeps the order
// of its members, and comes before the events of what it did.
func TestBatchIsAnsweredBeforeItsEvents(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo")
	ana := s.Login("ana")
	ana.Call("subscribe", nil)
	members := []string{send(2, "bo", "one"), `{"jsonrpc":"2.0","id":3,"method":"nonsense"}`, send(4, "bo", "two"),
		`{"jsonrpc":"2.0","id":5,"method":"ping"}`, `17`, send(6, "bo", "three")}
	ana.Write(send(1, "bo", "before"))
	ana.Write("[" + strings.Join(members, ",") + "]")
	ana.Write(send(7, "bo", "after"))
	var order []string
	for range 9 {
		data, err := ana.ReadRaw()
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, shape(string(data)))
	}
	got := strings.Join(order, " ")
	// The events of the first send may come before or after the batch; those
	// of the batch come after its answer.
	batch := strings.Index(got, "batch(2,3,4,5,null,6)")
	if batch < 0 || strings.Index(got, "one") < batch || strings.Index(got, "three") < batch {
		t.Errorf("got %s", got)
	}
	if !strings.HasPrefix(got, "answer(1)") || strings.Index(got, "answer(7)") < batch || strings.Index(got, "answer(7)") > strings.Index(got, "after") {
		t.Errorf("got %s", got)
	}
}

// shape says in short what a frame is.
func shape(frame string) string {
	switch {
	case frame[0] == '[':
		var ids []string
		for _, part := range strings.Split(frame, `"id":`)[1:] {
			id, _, _ := strings.Cut(part, ",")
			ids = append(ids, id)
		}
		return "batch(" + strings.Join(ids, ",") + ")"
	case strings.Contains(frame, `"id":`):
		_, rest, _ := strings.Cut(frame, `"id":`)
		id, _, _ := strings.Cut(rest, ",")
		return "answer(" + id + ")"
	case strings.Contains(frame, `"body":`):
		_, rest, _ := strings.Cut(frame, `"body":"`)
		body, _, _ := strings.Cut(rest, `"`)
		return body
	}
	return "event"
}

// A subscription made in a batch sends its first event behind the answer.
func TestSubscriptionInABatch(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo")
	ana := s.Login("ana")
	r := servertest.Decode[protocol.PingResult](t, ana.Call("ping", nil))
	ana.Call("send", protocol.SendParams{To: "bo", Body: "old"})
	ana.Write(fmt.Sprintf(`[{"jsonrpc":"2.0","id":1,"method":"subscribe","params":[%q]},%s]`, r.Cursor, send(2, "bo", "new")))
	want := []string{"batch(1,2)", "event", "old", "new"}
	for _, w := range want {
		data, err := ana.ReadRaw()
		if err != nil || shape(string(data)) != w {
			t.Fatalf("%v %s, want %s", err, data, w)
		}
	}
}

// panicky is a store whose history is broken.
type panicky struct{ store.Store }

func (panicky) History(context.Context, string, string, store.Page) (store.History, error) {
	panic("a bug")
}

// A panicking handler costs one internal answer, and nothing else.
func TestPanicCostsOneAnswer(t *testing.T) {
	s := servertest.New(t, servertest.Wrap(func(s store.Store) store.Store { return panicky{s} }))
	ana, bo := s.Login("ana"), s.Login("bo")
	m := ana.Request("history", protocol.HistoryParams{With: "bo"})
	if m.Error == nil || m.Error.Data.Kind != protocol.Internal || m.Error.Data.Incident == "" {
		t.Errorf("got %+v", m)
	}
	if strings.Contains(m.Error.Message, "a bug") && m.Error.Message != "a bug of the server" {
		t.Errorf("the message tells too much: %s", m.Error.Message)
	}
	ana.Call("ping", nil)
	bo.Call("ping", nil)
}

// What is in hand when the server drains is answered, and the connection is
// told when to come back before it is closed with 1012.
func TestDrain(t *testing.T) {
	s, faulty := newFaulty(t)
	s.Login("bo").Close()
	ana := s.Login("ana")
	release := faulty.Hold()
	ana.Write(send(1, "bo", "in hand"))
	<-faulty.Held()
	stopped := make(chan struct{})
	go func() { s.Stop(); close(stopped) }()
	var frames []string
	for {
		data, err := ana.ReadRaw()
		if err != nil {
			frames = append(frames, err.Error())
			break
		}
		if frames = append(frames, string(data)); len(frames) == 1 {
			release()
		}
	}
	if len(frames) != 3 || !strings.Contains(frames[0], "draining") || !strings.Contains(frames[1], `"seq":1`) || !strings.Contains(frames[2], "StatusServiceRestart") {
		t.Errorf("got %q", frames)
	}
	<-stopped
}

// An answer that needs no commit waits for those of the commands before it.
func TestQuickFailuresKeepTheOrder(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo")
	ana := s.Login("ana")
	const n = 100
	for i := range n {
		ana.Write(send(4*i, "bo", "x"))
		ana.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"nonsense"}`, 4*i+1))
		ana.Write(send(4*i+2, "bo", "x"))
		ana.Write(fmt.Sprintf(`[{"jsonrpc":"2.0","id":%d,"method":"nonsense"}]`, 4*i+3))
	}
	for i := range 4 * n {
		data, err := ana.ReadRaw()
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("answer(%d)", i)
		if i%4 == 3 {
			want = fmt.Sprintf("batch(%d)", i)
		}
		if got := shape(string(data)); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// While the server drains it takes no new work.
func TestDrainingTakesNoNewWork(t *testing.T) {
	for range 10 {
		s, faulty := newFaulty(t)
		ana := s.Login("ana")
		release := faulty.Hold()
		ana.Write(send(1, "ana", "in hand"))
		<-faulty.Held()
		stopped := make(chan struct{})
		go func() { s.Stop(); close(stopped) }()
		if data, err := ana.ReadRaw(); err != nil || !strings.Contains(string(data), "draining") {
			t.Fatalf("%s %v", data, err)
		}
		ana.Write(send(2, "ana", "late"))
		release()
		for {
			data, err := ana.ReadRaw()
			if err != nil {
				break
			}
			if frame := string(data); strings.Contains(frame, `"id":2`) && !strings.Contains(frame, `"kind":"draining"`) {
				t.Fatalf("it was taken: %s", frame)
			}
		}
		<-stopped
	}
}

// slow is a store whose history waits.
type slow struct {
	store.Store
	begun, gate chan struct{}
}

func (s *slow) History(ctx context.Context, viewer, with string, page store.Page) (store.History, error) {
	s.begun <- struct{}{}
	<-s.gate
	return s.Store.History(ctx, viewer, with, page)
}

// A query that is in hand when the server drains is answered too.
func TestDrainAnswersTheQueryInHand(t *testing.T) {
	slow := &slow{begun: make(chan struct{}), gate: make(chan struct{})}
	s := servertest.New(t, servertest.Wrap(func(s store.Store) store.Store { slow.Store = s; return slow }))
	ana := s.Login("ana")
	ana.Call("send", protocol.SendParams{To: "ana", Body: "x"})
	ana.Write(`{"jsonrpc":"2.0","id":7,"method":"history","params":["ana"]}`)
	<-slow.begun
	stopped := make(chan struct{})
	go func() { s.Stop(); close(stopped) }()
	if data, err := ana.ReadRaw(); err != nil || !strings.Contains(string(data), "draining") {
		t.Fatalf("%s %v", data, err)
	}
	close(slow.gate)
	if data, err := ana.ReadRaw(); err != nil || !strings.Contains(string(data), `"last_seq":1`) {
		t.Errorf("%s %v", data, err)
	}
	if _, err := ana.ReadRaw(); err == nil || !strings.Contains(err.Error(), "StatusServiceRestart") {
		t.Errorf("then %v", err)
	}
	<-stopped
}

// Requests beyond those that may be in flight wait, and all are answered.
func TestInFlightIsBounded(t *testing.T) {
	var faulty *storetest.FaultyStore
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.InFlight = 4 }),
		servertest.Wrap(func(s store.Store) store.Store { faulty = storetest.Faulty(s); return faulty }))
	ana := s.Login("ana")
	release := blocked(t, s, faulty)
	for i := range 500 {
		ana.Write(send(i, "ana", "hello"))
	}
	s.AwaitQueue(4)
	for range 1000 {
		if n := s.Queued(); n > 4 {
			t.Fatalf("%d wait", n)
		}
	}
	release()
	for i := range 500 {
		if m := ana.Read(); string(m.ID) != fmt.Sprint(i) || m.Error != nil {
			t.Fatalf("answer %s, want %d: %+v", m.ID, i, m.Error)
		}
	}
}
