package api_test

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/server/api"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/store/sqlite"
)

// house is an API on a store of its own.
type house struct {
	t   *testing.T
	api *api.API
	hub *hub.Hub
}

// bubble runs a test with a house in a bubble of time.
func bubble(t *testing.T, test func(*house)) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), t.TempDir(), &sqlite.Options{Durability: sqlite.Normal})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		log := slog.New(slog.DiscardHandler)
		h := &house{t: t}
		if h.hub, err = hub.New(t.Context(), s, hub.Options{
			Frame: func(m []byte) []byte { return m }, Connections: 50, Seen: s.Seen, Logger: log}); err != nil {
			t.Fatal(err)
		}
		j := journal.New(s, h.hub, func(err error) { t.Error(err) }, log)
		limits := protocol.DefaultLimits()
		limits.SendRate = 0
		if h.api, err = api.New(t.Context(), s, j, h.hub, api.Options{
			Limits: limits, NameLogin: true, Registration: protocol.RegistrationOpen, SessionTTL: time.Hour, Logger: log, Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		test(h)
		j.Close()
		h.hub.Wait()
	})
}

// device is a logged-in connection that takes everything, at once, unless it is
// jammed: then it has no room for what is ephemeral.
type device struct {
	*api.Session
	h    *house
	name string

	mu     sync.Mutex
	events []string
	answer string
	jammed bool
}

func (h *house) login(username string) *device {
	h.t.Helper()
	d := &device{h: h, name: username}
	d.Session = h.api.NewSession(d)
	d.ask("register", fmt.Sprintf("[%q]", username))
	d.call("login", fmt.Sprintf("[%q]", username))
	return d
}

// ask makes a request and returns the answer.
func (d *device) ask(method, params string) string {
	d.Message(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params))
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answer
}

// call is ask for what must succeed.
func (d *device) call(method, params string) string {
	d.h.t.Helper()
	answer := d.ask(method, params)
	if !strings.Contains(answer, `"result"`) {
		d.h.t.Fatalf("%s %s: %s", method, params, answer)
	}
	return answer
}

// told makes sure of the ephemeral events that came since the last time.
func (d *device) told(want ...string) {
	d.h.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.events); diff != "" {
		d.h.t.Errorf("%s was told (-want +got):\n%s", d.name, diff)
	}
	d.events = nil
}

func (d *device) jam(jammed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jammed = jammed
}

func (d *device) Send(message []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = string(message)
}

func (d *device) OfferSpare(frame []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.jammed {
		_, params, _ := strings.Cut(string(frame), `"params":`)
		d.events = append(d.events, strings.TrimSuffix(params, "}"))
	}
	return !d.jammed
}

func (d *device) Offer([]byte) bool                { return true }
func (d *device) OfferAll(frames [][]byte) int     { return len(frames) }
func (d *device) OfferLast(frame []byte)           { d.h.t.Errorf("%s lags: %s", d.name, frame) }
func (d *device) AwaitRoom() bool                  { return true }
func (d *device) Put(message []byte)               { d.Send(message) }
func (d *device) Flush()                           {}
func (d *device) Close(protocol.CloseCode, string) {}
func (d *device) Abort(protocol.CloseCode, string) {}
func (d *device) Admit(int)                        {}
func (d *device) Dismiss()                         {}
func (d *device) RemoteAddr() netip.Addr           { return netip.Addr{} }
func (d *device) Done() <-chan struct{}            { return nil }

// after lets time pass, and everything that is due happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

const (
	moment = 300 * time.Millisecond
	grace  = 5 * time.Second
)

func state(username, state string) string {
	return fmt.Sprintf(`{"username":%q,"state":%q}`, username, state)
}

func lastSeen(username string, at time.Time) string {
	return fmt.Sprintf(`{"username":%q,"state":"offline","last_seen_at":%q}`, username, protocol.TimeOf(at))
}

// Devices of one user: the most present of them counts, and when the last is
// gone the event and the answer say the same.
func TestPresenceOfTwoDevices(t *testing.T) {
	bubble(t, func(h *house) {
		ana, phone, laptop := h.login("ana"), h.login("bo"), h.login("bo")
		phone.call("send", `["ana","x"]`)
		ana.call("subscribe", `[]`)
		ana.call("presence", `[["bo"]]`)
		phone.call("set_presence", `["away"]`)
		after(grace)
		ana.told()
		laptop.call("set_presence", `["away"]`)
		after(moment)
		ana.told(state("bo", "away"))
		phone.Closed()
		after(time.Minute)
		ana.told()
		laptop.call("logout", `[]`)
		laptop.call("login", `["bo"]`)
		after(grace + moment)
		ana.told(state("bo", "online"))
		left := time.Now()
		laptop.Closed()
		after(grace + moment)
		ana.told(lastSeen("bo", left))
		if answer := ana.call("presence", `[["bo"]]`); !strings.Contains(answer, lastSeen("bo", left)) {
			t.Errorf("answered %s", answer)
		}
	})
}

// A device that goes on and off every few seconds is told to nobody.
func TestFlappingDevice(t *testing.T) {
	bubble(t, func(h *house) {
		ana, bo := h.login("ana"), h.login("bo")
		bo.call("send", `["ana","x"]`)
		ana.call("subscribe", `[]`)
		ana.call("presence", `[["bo"]]`)
		for range 50 {
			bo.Closed()
			after(3 * time.Second)
			bo = h.login("bo")
			after(time.Second)
		}
		ana.told()
	})
}

// Block, privacy and leaving end what somebody sees, at once; taking them back
// begins it again.
func TestWhatEndsTheView(t *testing.T) {
	bubble(t, func(h *house) {
		ana, bo, dee := h.login("ana"), h.login("bo"), h.login("dee")
		_, id, _ := strings.Cut(bo.call("create", `["g",["ana","dee"]]`), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		for _, d := range []*device{ana, dee} {
			d.call("subscribe", `[]`)
			d.call("presence", `[["bo","nobody"]]`)
		}
		for _, c := range []struct {
			by           *device
			end, params  string
			begin, again string
			everybody    bool // dee's view ends too
		}{
			{bo, "block", `["ana"]`, "unblock", `["ana"]`, false},
			{ana, "block", `["bo"]`, "unblock", `["bo"]`, false},
			{bo, "set_privacy", `{"presence":false}`, "set_privacy", `{"presence":true}`, true},
			{bo, "remove", fmt.Sprintf(`[%q,"ana"]`, id), "invite", fmt.Sprintf(`[%q,"ana"]`, id), false},
		} {
			c.by.call(c.end, c.params)
			bo.call("set_presence", `["away"]`)
			after(grace)
			ana.told(state("bo", "offline"))
			answer := ana.call("presence", `[["bo","nobody"]]`)
			if !strings.Contains(answer, state("bo", "offline")+","+state("nobody", "offline")) {
				t.Errorf("%s: answered %s", c.end, answer)
			}
			bo.call("set_presence", `["online"]`)
			after(grace)
			ana.told()
			c.by.call(c.begin, c.again)
			after(moment)
			ana.told(state("bo", "online"))
			if c.everybody {
				dee.told(state("bo", "offline"), state("bo", "online"))
			} else {
				dee.told(state("bo", "away"), state("bo", "online"))
			}
		}
	})
}

// A reader who has no room gets no ephemeral events and does not lag, and is
// told the last state when there is room.
func TestNoRoomForEphemeralEvents(t *testing.T) {
	bubble(t, func(h *house) {
		ana, bo := h.login("ana"), h.login("bo")
		bo.call("send", `["ana","x"]`)
		ana.call("subscribe", `[]`)
		ana.call("presence", `[["bo"]]`)
		ana.jam(true)
		for range 20 {
			bo.call("typing", `["ana"]`)
			bo.call("set_presence", `["away"]`)
			after(3 * time.Second)
			bo.call("set_presence", `["online"]`)
			after(3 * time.Second)
		}
		bo.call("set_presence", `["away"]`)
		after(time.Minute)
		ana.jam(false)
		after(2 * time.Second)
		ana.told(state("bo", "away"))
	})
}

// Typing goes to conversations of up to 100 members.
func TestTypingInLargeGroups(t *testing.T) {
	bubble(t, func(h *house) {
		ana, bo := h.login("ana"), h.login("bo")
		names := `"ana"`
		for i := range 98 {
			name := fmt.Sprintf("user-%d", i)
			bo.ask("register", fmt.Sprintf("[%q]", name))
			names += fmt.Sprintf(",%q", name)
		}
		_, id, _ := strings.Cut(bo.call("create", `["g",[`+names+`]]`), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		ana.call("subscribe", `[]`)
		typing := fmt.Sprintf(`[%q]`, id)
		bo.call("typing", typing)
		ana.told(fmt.Sprintf(`{"conversation":%q,"username":"bo","on":true}`, id))
		bo.ask("register", `["one-more"]`)
		bo.call("invite", fmt.Sprintf(`[%q,"one-more"]`, id))
		after(time.Minute)
		bo.call("typing", typing)
		ana.told()
	})
}
