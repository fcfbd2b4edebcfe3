package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"asappchat/protocol"
	"asappchat/server/servertest"
	"asappchat/store"
	"asappchat/store/storetest"
)

// newFaulty runs a server on a store whose faults the test chooses.
func newFaulty(t *testing.T) (*servertest.Server, *storetest.FaultyStore) {
	t.Helper()
	var faulty *storetest.FaultyStore
	s := servertest.New(t, servertest.Wrap(func(s store.Store) store.Store {
		faulty = storetest.Faulty(s)
		return faulty
	}))
	return s, faulty
}

// What a failed commit means is told exactly, and a server whose storage is
// broken is no longer ready.
func TestFailedCommits(t *testing.T) {
	for _, c := range []struct {
		err   error
		kind  protocol.Kind
		ready int
	}{
		{store.ErrFull, protocol.StorageFull, http.StatusOK},
		{store.ErrUnavailable, protocol.Unavailable, http.StatusOK},
		{store.ErrFailed, protocol.Unavailable, http.StatusServiceUnavailable},
		{store.ErrUnknownOutcome, protocol.UnknownOutcome, http.StatusServiceUnavailable},
		{errors.New("a secret of the disk"), protocol.Internal, http.StatusOK},
	} {
		s, faulty := newFaulty(t)
		ana := s.Login("ana")
		faulty.FailNext(c.err)
		m := ana.Request("send", protocol.SendParams{To: "ana", Body: "x"})
		wantKind(t, m, c.kind)
		if m.Error != nil && strings.Contains(m.Error.Message, "secret") {
			t.Errorf("it tells: %s", m.Error.Message)
		}
		if status := readiness(t, s); status != c.ready {
			t.Errorf("%v: readiness %d, want %d", c.err, status, c.ready)
		}
		ana.Close()
	}
}

// A commit that happened although it was said to have failed is the same
// message when it is retried.
func TestUnknownOutcomeIsRetriedByClientID(t *testing.T) {
	s, faulty := newFaulty(t)
	ana := s.Login("ana")
	faulty.LoseNext(store.ErrUnknownOutcome)
	p := protocol.SendParams{To: "ana", Body: "x", ClientID: "one"}
	wantKind(t, ana.Request("send", p), protocol.UnknownOutcome)
	r := servertest.Decode[protocol.SendResult](t, ana.Call("send", p))
	if r.Seq != 1 || !r.Duplicate {
		t.Errorf("got %+v", r)
	}
}

func readiness(t *testing.T, s *servertest.Server) int {
	t.Helper()
	r, err := http.Get("http" + strings.TrimPrefix(s.URL, "ws") + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return r.StatusCode
}
