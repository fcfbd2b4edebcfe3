package server_test

import (
	"strings"
	"testing"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
	"asappchat/store/storetest"
)

// blocked holds up the committer behind a message of somebody's, so that what
// is submitted meanwhile is one group.
func blocked(t *testing.T, s *servertest.Server, faulty *storetest.FaultyStore) (release func()) {
	t.Helper()
	other := s.Login("other")
	release = faulty.Hold()
	other.Write(send(1, "other", "x"))
	<-faulty.Held()
	return release
}

// A login that was judged on the password before, and comes behind a change of
// it, is refused.
func TestLoginBehindAChangeOfPasswordIsRefused(t *testing.T) {
	s, faulty := newFaulty(t)
	ana, thief := s.Login("ana"), s.Dial()
	release := blocked(t, s, faulty)
	ana.Write(`{"jsonrpc":"2.0","id":1,"method":"set_password","params":["correct horse"]}`)
	s.AwaitQueue(1)
	thief.Write(`{"jsonrpc":"2.0","id":1,"method":"login","params":["ana"]}`)
	s.AwaitQueue(2)
	release()
	if m := ana.Read(); m.Error != nil {
		t.Fatalf("%+v", m.Error)
	}
	wantKind(t, thief.Read(), protocol.Unauthenticated)
	wantKind(t, thief.Request("sessions", nil), protocol.Unauthenticated)
	if sessions := servertest.Decode[protocol.SessionsResult](t, ana.Call("sessions", nil)).Sessions; len(sessions) != 1 {
		t.Errorf("%d sessions", len(sessions))
	}
}

// A connection whose session is ended at once, behind its login, is cut off
// with it.
func TestConnectionsEndWithSessionsEndedBehindTheirLogin(t *testing.T) {
	s, faulty := newFaulty(t)
	ana, other := s.Login("ana"), s.Dial()
	release := blocked(t, s, faulty)
	other.Write(`{"jsonrpc":"2.0","id":1,"method":"login","params":["ana"]}`)
	s.AwaitQueue(1)
	ana.Write(`{"jsonrpc":"2.0","id":1,"method":"set_password","params":["correct horse"]}`)
	s.AwaitQueue(2)
	release()
	if m := ana.Read(); m.Error != nil {
		t.Fatalf("%+v", m.Error)
	}
	for {
		if _, err := other.ReadRaw(); err != nil {
			if !strings.Contains(err.Error(), "4001") {
				t.Errorf("it ended with %v", err)
			}
			return
		}
	}
}

// A connection stays whose it is, whatever token it shows.
func TestTokenOfSomebodyElse(t *testing.T) {
	s := servertest.New(t)
	token := login(t, s.Login("bo"), protocol.LoginParams{Username: "bo"}).Token
	ana := s.Login("ana")
	wantKind(t, ana.Request("login", protocol.LoginParams{Token: token}), protocol.Conflict)
	wantKind(t, ana.Request("login", protocol.LoginParams{Username: "bo"}), protocol.Conflict)
	ana.Call("send", protocol.SendParams{To: "ana", Body: "x"})
	h := servertest.Decode[protocol.HistoryResult](t, ana.Call("history", protocol.HistoryParams{With: "ana"}))
	if h.Messages[0].Sender != "ana" {
		t.Errorf("sent by %s", h.Messages[0].Sender)
	}
}

// A connection that logs in again follows its new session.
func TestConnectionFollowsItsLatestLogin(t *testing.T) {
	s := servertest.New(t)
	ana, other := s.Login("ana"), s.Login("ana")
	second := login(t, ana, protocol.LoginParams{Username: "ana"}).Session
	other.Call("revoke", protocol.RevokeParams{Session: second})
	if _, err := ana.ReadRaw(); err == nil || !strings.Contains(err.Error(), "4001") {
		t.Errorf("it goes on: %v", err)
	}
}

// Who logs out is a stranger again, bounds included.
func TestLogoutTakesBackWhatLoginGave(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.FrameBeforeLogin = 1000 }))
	ana := s.Login("ana")
	long := `{"jsonrpc":"2.0","id":1,"method":"ping","x":"` + strings.Repeat("x", 2000) + `"}`
	ana.Write(long)
	if m := ana.Read(); m.Error != nil {
		t.Fatalf("%+v", m.Error)
	}
	ana.Call("logout", nil)
	wantKind(t, ana.Request("sessions", nil), protocol.Unauthenticated)
	ana.Write(long)
	if _, err := ana.ReadRaw(); err == nil || !strings.Contains(err.Error(), "StatusMessageTooBig") {
		t.Errorf("a long frame after logout: %v", err)
	}
}

// When a connection ends, its session was last seen then.
func TestLastSeen(t *testing.T) {
	s, _ := newFaulty(t)
	ana, other := s.Login("ana"), s.Login("ana")
	id := login(t, other, protocol.LoginParams{Username: "ana"}).Session
	created := sessionOf(t, ana, id).CreatedAt
	for sessionOf(t, ana, id).LastSeenAt == created { // the clock goes on
	}
	other.Close()
	for {
		stored, err := s.Store.Sessions(t.Context(), "ana")
		if err != nil {
			t.Fatal(err)
		}
		for _, session := range stored {
			if session.Session == id && session.LastSeenAt > created {
				return
			}
		}
	}
}

func sessionOf(t *testing.T, c *servertest.Client, id string) protocol.Session {
	t.Helper()
	for _, s := range servertest.Decode[protocol.SessionsResult](t, c.Call("sessions", nil)).Sessions {
		if s.Session == id {
			return s
		}
	}
	t.Fatalf("no session %s", id)
	return protocol.Session{}
}
