package chatclient

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

func TestTheNewestTokenIsKeptAndToldBeforeItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 3, protocol.CloseRestart)
		o := f.options()
		o.Credentials = Credentials{Token: "t0"}
		told := []string{}
		o.OnToken = func(token string) error {
			if f.tokens[1] != token || f.tokens[0] == token {
				t.Errorf("token %s came too late", token)
			}
			told = append(told, token)
			return nil
		}
		_, err := say(t.Context(), dial(t, o), "hello")
		must(t, err)
		if diff := cmp.Diff([]string{"t1", "t2", "t3", "t4"}, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestALostAnswerToALoginCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 1, protocol.CloseRestart)
		closes := f.on
		f.on = func(c *fakeConn, r fakeRequest) bool {
			if lost := r.Method == "login" && c.n > 1 && c.n < 5; lost {
				silent := &fakeConn{f: f}
				silent.login(r)
				c.ws.CloseNow()
				return true
			}
			return closes(c, r)
		}
		o := f.options()
		o.Credentials = Credentials{Token: "t0"}
		if _, err := say(t.Context(), dial(t, o), "hello"); err != nil || f.tokens != [2]string{"t1", "t5"} {
			t.Errorf("%v, tokens %v", err, f.tokens)
		}
	})
}

func TestATokenThatCouldNotBeStoredIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 3, protocol.CloseRestart)
		o := f.options()
		o.Credentials = Credentials{Token: "t0"}
		o.OnToken = func(string) error { return errors.New("disk full") }
		if _, err := say(t.Context(), dial(t, o), "hello"); err != nil || f.tokens != [2]string{"t0", "t4"} {
			t.Errorf("%v, tokens %v", err, f.tokens)
		}
	})
}

// Programs that share a session take the token of whoever logged in last.
func TestExchangeKeepsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		closeAfter(f, 1, protocol.CloseRestart)
		o := f.options()
		shared := "t0"
		o.Credentials = Credentials{}
		o.Exchange = func(login func(string) (string, error)) error {
			next, err := login(shared)
			shared = next
			return err
		}
		c := dial(t, o)
		dial(t, o).Close()
		dial(t, o).Close()
		if _, err := say(t.Context(), c, "hello"); err != nil || shared != "t4" || f.tokens != [2]string{"t3", "t4"} {
			t.Errorf("%v, %s, tokens %v", err, shared, f.tokens)
		}
		o.Exchange = func(login func(string) (string, error)) error { login(shared); return errors.New("disk full") }
		if _, err := Dial(t.Context(), "ws://fake", o); err == nil {
			t.Error("a failed exchange is a login")
		}
	})
}

func TestTheNameServesWhenTheTokenDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		o := f.options()
		o.Token = "stale"
		c := dial(t, o)
		if user := c.Login().User.Username; user != "ana" || len(f.asked()) != 2 {
			t.Errorf("logged in as %q with %v", user, f.asked())
		}
	})
}

func TestWrongCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		o := f.options()
		o.Credentials = Credentials{Token: "stale"}
		if _, err := Dial(t.Context(), "ws://fake", o); kindOfError(err) != protocol.Unauthenticated {
			t.Errorf("dial: %v", err)
		}
		closeAfter(f, 10, protocol.CloseRestart)
		o.Token = "t0"
		c := dial(t, o)
		f.tokens = [2]string{"another", "one"}
		if _, err := say(t.Context(), c, "hello"); kindOfError(err) != protocol.Unauthenticated {
			t.Errorf("later: %v", err)
		}
	})
}

func TestLogout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		must(t, c.Logout(t.Context()))
		if _, err := say(t.Context(), c, "hello"); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff([]string{"login", "logout"}, f.asked()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheServerCannotBeReached(t *testing.T) {
	_, err := Dial(t.Context(), "ws://127.0.0.1:1", nil)
	if err == nil {
		t.Error("no error")
	}
	t.Log(err)
}
