package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

func wantKind(t *testing.T, m servertest.Message, kind protocol.Kind) {
	t.Helper()
	if m.Error == nil || m.Error.Data.Kind != kind || m.Error.Code != kind.Code() {
		t.Errorf("got %+v %s, want %s", m.Error, m.Result, kind)
	}
}

func login(t *testing.T, c *servertest.Client, p protocol.LoginParams) protocol.LoginResult {
	t.Helper()
	return servertest.Decode[protocol.LoginResult](t, c.Call("login", p))
}

// Where login by name is not offered, an account needs a password, and an
// account without one cannot be logged in to.
func TestNameLoginIsASetting(t *testing.T) {
	s := servertest.New(t)
	s.Login("ana").Close()
	s.Stop()
	servertest.Config(func(c *server.Config) { c.NameLogin = false })(s)
	s.Start()
	c := s.Dial()
	wantKind(t, c.Request("login", protocol.LoginParams{Username: "ana"}), protocol.Unauthenticated)
	wantKind(t, c.Request("register", protocol.RegisterParams{Username: "bo"}), protocol.InvalidParams)
	c.Call("register", protocol.RegisterParams{Username: "bo", Password: "correct horse"})
	login(t, c, protocol.LoginParams{Username: "bo", Password: "correct horse"})
}

func TestRegistrationIsASetting(t *testing.T) {
	for _, tc := range []struct {
		registration protocol.Registration
		invitation   string
		want         protocol.Kind
	}{
		{protocol.RegistrationOpen, "", ""},
		{protocol.RegistrationClosed, "code", protocol.Forbidden},
		{protocol.RegistrationInvitation, "", protocol.Forbidden},
		{protocol.RegistrationInvitation, "cod", protocol.Forbidden},
		{protocol.RegistrationInvitation, "code", ""},
	} {
		s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Registration, c.Invitation = tc.registration, "code" }))
		c := s.Dial()
		m := c.Request("register", protocol.RegisterParams{Username: "ana", Invitation: tc.invitation})
		if tc.want != "" {
			wantKind(t, m, tc.want)
		} else if m.Error != nil {
			t.Errorf("%s with %q: %+v", tc.registration, tc.invitation, m.Error)
		}
		c.Close()
	}
}

// An answer to a login by token that was lost costs nothing; a token that was
// replaced, and comes again after the new one was used, ends the session.
func TestTokens(t *testing.T) {
	s := servertest.New(t)
	first := login(t, s.Login("ana"), protocol.LoginParams{Username: "ana", Device: "laptop"})
	byToken := func(token string) (*servertest.Client, servertest.Message) {
		c := s.Dial()
		return c, c.Request("login", protocol.LoginParams{Token: token})
	}
	_, lost := byToken(first.Token)
	if lost.Error != nil {
		t.Fatalf("%+v", lost.Error)
	}
	c, again := byToken(first.Token)
	if again.Error != nil {
		t.Fatalf("after a lost answer: %+v", again.Error)
	}
	second := servertest.Decode[protocol.LoginResult](t, again.Result)
	if second.Session != first.Session || second.Token == first.Token {
		t.Errorf("session %s, want %s, with a new token", second.Session, first.Session)
	}
	if _, m := byToken(second.Token); m.Error != nil {
		t.Fatalf("%+v", m.Error)
	}
	_, m := byToken(first.Token)
	wantKind(t, m, protocol.Unauthenticated)
	if _, err := c.ReadRaw(); err == nil || !strings.Contains(err.Error(), "4001") {
		t.Errorf("the session's connection: %v", err)
	}
	_, m = byToken(second.Token)
	wantKind(t, m, protocol.Unauthenticated)
}

func TestSessionsExpire(t *testing.T) {
	now := time.Now()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { return now }
		c.SessionTTL = time.Hour
	}))
	token := login(t, s.Login("ana"), protocol.LoginParams{Username: "ana"}).Token
	now = now.Add(59 * time.Minute)
	token = login(t, s.Dial(), protocol.LoginParams{Token: token}).Token
	now = now.Add(61 * time.Minute)
	wantKind(t, s.Dial().Request("login", protocol.LoginParams{Token: token}), protocol.Unauthenticated)
}

// A session that stays connected does not end by age.
func TestConnectedSessionsDoNotExpire(t *testing.T) {
	var passed atomic.Int64 // nanoseconds
	began := time.Now()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
		c.SessionTTL = 80 * time.Millisecond // seen every 10 ms of the ticker's time
	}))
	ana := s.Login("ana")
	token := login(t, ana, protocol.LoginParams{Username: "ana"}).Token
	for range 20 {
		now := began.Add(time.Duration(passed.Add(int64(60 * time.Millisecond))))
		for seen := protocol.Time(0); seen != protocol.TimeOf(now); {
			stored, err := s.Store.Sessions(t.Context(), "ana")
			if err != nil {
				t.Fatal(err)
			}
			seen = stored[len(stored)-1].LastSeenAt
		}
	}
	login(t, s.Dial(), protocol.LoginParams{Token: token})
}

// A batch that ends its own session is answered, and then the connection is
// closed.
func TestRevokingOneselfInABatch(t *testing.T) {
	s := servertest.New(t)
	for range 10 {
		c := s.Login("ana")
		id := login(t, c, protocol.LoginParams{Username: "ana"}).Session
		c.Write(`[{"jsonrpc":"2.0","id":1,"method":"revoke","params":["` + id + `"]},{"jsonrpc":"2.0","id":2,"method":"ping"}]`)
		data, err := c.ReadRaw()
		if err != nil || shape(string(data)) != "batch(1,2)" {
			t.Fatalf("%s %v", data, err)
		}
		if _, err := c.ReadRaw(); err == nil || !strings.Contains(err.Error(), "4001") {
			t.Errorf("then: %v", err)
		}
	}
}

// A new password ends every other session, and the old one is needed for it.
func TestSetPasswordEndsOtherSessions(t *testing.T) {
	s := servertest.New(t)
	ana, other := s.Login("ana"), s.Login("ana")
	ana.Call("set_password", protocol.SetPasswordParams{New: "correct horse"})
	if _, err := other.ReadRaw(); err == nil || !strings.Contains(err.Error(), "4001") {
		t.Errorf("the other session's connection: %v", err)
	}
	wantKind(t, ana.Request("set_password", protocol.SetPasswordParams{New: "battery staple"}), protocol.Unauthenticated)
	wantKind(t, ana.Request("set_password", protocol.SetPasswordParams{New: "battery staple", Old: "wrong horse"}), protocol.Unauthenticated)
	ana.Call("set_password", protocol.SetPasswordParams{New: "battery staple", Old: "correct horse"})
	c := s.Dial()
	for _, p := range []protocol.LoginParams{{Username: "ana"}, {Username: "ana", Password: "correct horse"}, {Username: "nobody", Password: "battery staple"}} {
		wantKind(t, c.Request("login", p), protocol.Unauthenticated)
	}
	login(t, c, protocol.LoginParams{Username: "ana", Password: "battery staple"})
}

// A user who sends too fast is told when to go on, and others are not
// concerned.
func TestSendRate(t *testing.T) {
	now := time.Now()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { return now }
		c.Limits.SendBurst, c.Limits.SendRate = 3, 10
	}))
	ana, bo := s.Login("ana"), s.Login("bo")
	for range 3 {
		ana.Call("send", protocol.SendParams{To: "bo", Body: "hello"})
	}
	m := ana.Request("send", protocol.SendParams{To: "bo", Body: "hello"})
	wantKind(t, m, protocol.RateLimited)
	// There would be room for one by now, but it must not overtake.
	now = now.Add(150 * time.Millisecond)
	wantKind(t, ana.Request("send", protocol.SendParams{To: "bo", Body: "hello"}), protocol.RateLimited)
	bo.Call("send", protocol.SendParams{To: "ana", Body: "hello"})
	now = now.Add(time.Duration(m.Error.Data.RetryAfterMS) * time.Millisecond)
	ana.Call("send", protocol.SendParams{To: "bo", Body: "hello"})
}

// Only a refused send keeps sends waiting: what else is refused is refused alone,
// or with what is of its kind.
func TestOnlyARefusedSendPausesSends(t *testing.T) {
	now := time.Now()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { return now }
		c.Limits.SendBurst, c.Limits.SendRate = 5, 100
	}))
	ana := s.Login("ana")
	const message = 10 * time.Millisecond // until there is room for one
	send := func() servertest.Message { return ana.Request("send", protocol.SendParams{To: "ana", Body: "x"}) }
	rename := func() servertest.Message { return ana.Request("set_profile", protocol.SetProfileParams{}) }
	search := func() servertest.Message { return ana.Request("search", protocol.SearchParams{Query: "x"}) }
	for range 5 {
		send()
	}
	m := search()
	wantKind(t, m, protocol.RateLimited)
	if m.Error.Data.RetryAfterMS != 50 {
		t.Errorf("a search may be repeated after %d ms, want 50", m.Error.Data.RetryAfterMS)
	}
	wantKind(t, rename(), protocol.RateLimited)
	now = now.Add(message)
	wantKind(t, rename(), protocol.RateLimited) // it would overtake
	if m := send(); m.Error != nil {
		t.Errorf("a send after a search and a change that were refused: %v", m.Error)
	}
	wantKind(t, send(), protocol.RateLimited)
	now = now.Add(message)
	wantKind(t, send(), protocol.RateLimited)
	now = now.Add(5 * message)
	if m := search(); m.Error != nil {
		t.Errorf("a search after a send that was refused: %v", m.Error)
	}
}

// The answers of a batch do not pass a bound together.
func TestBatchAnswersAreBounded(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Outbox = 256 << 10 }))
	s.Login("bo")
	ana := s.Login("ana")
	for range 8 {
		ana.Call("send", protocol.SendParams{To: "bo", Body: strings.Repeat("x", 16<<10)})
	}
	history := `{"jsonrpc":"2.0","id":1,"method":"history","params":["bo"]}`
	ana.Write("[" + strings.Repeat(history+",", 49) + history + "]")
	data, err := ana.ReadRaw()
	if err != nil || len(data) > 512<<10 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if refused := strings.Count(string(data), `"too_large"`); refused < 40 || refused > 48 {
		t.Errorf("%d of 50 were refused", refused)
	}
}

// However often somebody logs in, no session that is connected is ended, and a
// login that finds no room leaves nothing behind.
func TestLoginsEndNoConnectedSession(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Connections = 2 }))
	ana := s.Login("ana")
	for range 120 {
		c := s.Dial()
		login(t, c, protocol.LoginParams{Username: "ana"})
		c.Call("logout", nil)
		login(t, c, protocol.LoginParams{Username: "ana"})
		wantKind(t, s.Dial().Request("login", protocol.LoginParams{Username: "ana"}), protocol.RateLimited)
		c.Call("logout", nil)
		c.Close()
	}
	sessions := servertest.Decode[protocol.SessionsResult](t, ana.Call("sessions", nil)).Sessions
	if len(sessions) != 1 || !sessions[0].Current {
		t.Errorf("got %+v", sessions)
	}
}

// From one address come so many failed logins and registrations, then fewer;
// logins that succeed are not counted, and other addresses not concerned.
func TestAttemptsAreBoundedByAddress(t *testing.T) {
	var mu sync.Mutex
	now, from := time.Now(), "192.0.2.1"
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		c.Addr = func(*http.Request) netip.Addr { mu.Lock(); defer mu.Unlock(); return netip.MustParseAddr(from) }
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	}))
	set := func(address string, passed time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		from, now = address, now.Add(passed)
	}
	guess := protocol.LoginParams{Username: "nobody", Password: "a guess of it"}
	c := s.Login("ana")
	for range 30 {
		login(t, c, protocol.LoginParams{Username: "ana"})
	}
	stranger := s.Dial()
	for range 19 { // and the registration of ana
		wantKind(t, stranger.Request("login", guess), protocol.Unauthenticated)
	}
	wantKind(t, stranger.Request("login", guess), protocol.RateLimited)
	wantKind(t, stranger.Request("register", protocol.RegisterParams{Username: "bo"}), protocol.RateLimited)
	set("192.0.2.2", 0)
	wantKind(t, s.Dial().Request("login", guess), protocol.Unauthenticated)
	set("10.1.2.3", 0)
	proxied := s.Dial()
	for range 30 {
		wantKind(t, proxied.Request("login", guess), protocol.Unauthenticated)
	}
	set("192.0.2.1", 3*time.Second)
	wantKind(t, stranger.Request("login", guess), protocol.Unauthenticated)
	wantKind(t, stranger.Request("login", guess), protocol.RateLimited)
}
