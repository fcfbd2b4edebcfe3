package chatclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
	"asappchat/store"
)

// system is a server with the truth about it, on which one world after another
// lives.
type system struct {
	server *servertest.Server
	truth  *truth
	fault  fault
	worlds int
}

// newSystem starts a server with so many items on a page.
func newSystem(t *testing.T, page int, f fault) *system {
	s := &system{truth: newTruth(), fault: f}
	small := servertest.Config(func(c *server.Config) { c.Limits.Page, c.Limits.PageMax = page, page })
	s.server = servertest.New(t, small, servertest.Wrap(func(good store.Store) store.Store {
		told := store.Store(&recorded{good, s.truth})
		if f.store != nil {
			return f.store(told)
		}
		return told
	}))
	return s
}

// world is a few users with two devices each, and what they have opened. The
// last of them does not say how far they read.
type world struct {
	*system
	users   []string
	devices []*device
	from    int // conversations of other worlds
	ends    int
	waits   []func() error // for what was begun
	log     func(...any)
}

// run runs a program in a new world, and says what is wrong in the end.
func (s *system) run(p program, log func(...any)) error {
	s.worlds++
	w := &world{system: s, from: len(s.truth.known(0)), log: log}
	defer w.stop()
	if err := w.begin(); err != nil {
		return err
	}
	for _, group := range p {
		for _, c := range group {
			if err := w.do(c); err != nil {
				return err
			}
		}
		if err := w.wait(); err != nil {
			return err
		}
	}
	if err := w.settle(); err != nil {
		return err
	}
	return w.check()
}

func (w *world) begin() error {
	anyone, err := Dial(context.Background(), w.server.URL, nil)
	if err != nil {
		return err
	}
	defer anyone.Close()
	for _, name := range []string{"ana", "bo", "cleo", "dan"} {
		name = fmt.Sprint(name, "-", w.worlds)
		if _, err := Call(context.Background(), anyone, protocol.Register, protocol.RegisterParams{Username: name}); err != nil {
			return err
		}
		w.users = append(w.users, name)
		w.devices = append(w.devices, newDevice(w.server.URL, name, w.fault.spoil), newDevice(w.server.URL, name, w.fault.spoil))
	}
	if err := w.startAll(); err != nil {
		return err
	}
	start(w, w.devices[len(w.devices)-1], protocol.SetPrivacy, protocol.SetPrivacyParams{Receipts: new(false)})
	return w.wait()
}

func (w *world) startAll() error {
	for _, d := range w.devices {
		d.drop(false, false)
		if err := d.start(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) stop() {
	for _, d := range w.devices {
		d.stop()
	}
}

// start begins a call on a device.
func start[P, R any](w *world, d *device, method protocol.Method[P, R], params P) {
	w.log(d.user, method.Name, fmt.Sprintf("%+v", params))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p := Go(ctx, d.client, method, params)
	w.waits = append(w.waits, func() error {
		defer cancel()
		_, err := p.Wait()
		switch kind := kindOfError(err); kind {
		case protocol.NotFound, protocol.Forbidden, protocol.NotAccepting, protocol.Conflict, protocol.UnknownOutcome:
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", method.Name, d.user, err)
		}
		return nil
	})
}

// wait waits for all that was begun.
func (w *world) wait() (err error) {
	for _, wait := range w.waits {
		err = errors.Join(err, wait())
	}
	w.waits = nil
	return err
}

// do does what a choice says. What comes first is what rapid draws most.
func (w *world) do(c choice) error {
	d := pick(w.devices, c.Who)
	if d.client == nil {
		d.drop(false, false)
	}
	if err := d.start(); err != nil {
		return err
	}
	if c.What%80 >= 64 {
		return w.disturb(d, c)
	}
	d.drop(false, false)
	where, whom := w.where(c), pick(w.users, c.Whom)
	seq := w.seq(d.user, where, c.N)
	switch n := c.What % 64; {
	case n < 14:
		start(w, d, protocol.Send, protocol.SendParams{To: where, Body: fmt.Sprint("message ", c.N)})
	case n < 19:
		start(w, d, protocol.Send, protocol.SendParams{To: where, Body: "mentions", Mentions: []string{whom, pick(w.users, c.N)}})
	case n < 23:
		start(w, d, protocol.Edit, protocol.EditParams{With: where, Seq: seq, Body: fmt.Sprint("edited ", c.Whom%3)})
	case n < 28:
		start(w, d, protocol.Delete, protocol.DeleteParams{With: where, Seq: seq})
	case n < 32:
		start(w, d, protocol.React, protocol.ReactParams{With: where, Seq: seq, Emoji: pick([]string{"👍", "a"}, c.Whom)})
	case n < 34:
		start(w, d, protocol.Unreact, protocol.ReactParams{With: where, Seq: seq, Emoji: pick([]string{"👍", "a"}, c.Whom)})
	case n < 40:
		start(w, d, protocol.Read, protocol.ReadParams{With: where, Seq: seq})
	case n < 44:
		w.open(d, c)
	case n < 48:
		start(w, d, protocol.Invite, protocol.MemberParams{With: where, Username: whom})
	case n < 50:
		start(w, d, protocol.Leave, protocol.WithParams{With: where})
	case n < 53:
		if whom != d.user {
			start(w, d, protocol.Remove, protocol.MemberParams{With: where, Username: whom})
		}
	case n < 55:
		start(w, d, protocol.Rename, protocol.RenameParams{With: where, Name: fmt.Sprint("name ", c.N%3)})
	case n < 58:
		role := pick([]protocol.Role{protocol.Admin, protocol.Plain, protocol.Owner}, c.N)
		start(w, d, protocol.SetRole, protocol.SetRoleParams{With: where, Username: whom, Role: role})
	case n < 60:
		start(w, d, protocol.SetState, protocol.SetStateParams{With: where, State: pick([]protocol.State{protocol.Opened, protocol.Closed}, c.N)})
	case n < 62:
		start(w, d, protocol.SetPreferences, protocol.SetPreferencesParams{With: where, Muted: new(c.N%2 == 0), Pinned: new(c.N%4 < 2)})
	case n < 63:
		start(w, d, protocol.Unblock, protocol.BlockParams{Username: whom})
	case c.N < 64 && whom != d.user:
		start(w, d, protocol.Block, protocol.BlockParams{Username: whom})
	}
	return nil
}

// where is a conversation, by its id or by a peer.
func (w *world) where(c choice) string {
	rooms := w.truth.known(w.from)
	if n := int(c.Where) % (len(rooms) + 2); n < len(rooms) {
		return rooms[n]
	}
	return pick(w.users, c.Where/16)
}

// seq is that of one of the newest messages, or of any.
func (w *world) seq(username, with string, n uint8) int64 {
	if newest := w.truth.newest(username, with, 4); len(newest) > 0 && n < 240 {
		return pick(newest, n).Seq
	}
	return int64(1 + n%8)
}

// open opens a group with some of the others.
func (w *world) open(d *device, c choice) {
	others := []string{}
	for i, name := range w.users {
		if c.Whom>>i&1 == 0 {
			others = append(others, name)
		}
	}
	start(w, d, protocol.Create, protocol.CreateParams{Name: "group", Members: others, History: c.N%2 == 1})
}

// disturb does to devices and the server what the world does to them.
func (w *world) disturb(d *device, c choice) error {
	switch n := c.What % 16; {
	case n < 4:
		w.log(d.user, "drops its connection")
		d.drop(true, false)
	case n < 7:
		d.look(w.where(c))
	case n < 8:
		return w.restart()
	case n < 9: // what happens until it stops is not in what it starts from
		w.log(d.user, "saves")
		return d.save()
	case n < 12:
		w.log(d.user, "stops for long, saved", n < 11)
		if err := w.wait(); err != nil {
			return err
		}
		if n < 11 {
			if err := d.save(); err != nil {
				return err
			}
		}
		d.stop()
	default:
		w.log(d.user, "loses its connection, until it has something to do")
		if err := w.wait(); err != nil {
			return err
		}
		d.drop(true, true)
	}
	return nil
}

// restart restarts the server, without its announcement, which would make all
// wait.
func (w *world) restart() error {
	w.log("the server restarts")
	for _, d := range w.devices {
		d.drop(true, true)
	}
	w.server.Restart()
	for _, d := range w.devices {
		d.drop(false, false)
	}
	return nil
}

// settle starts all devices and waits until all have seen the end, after which
// nothing has happened.
func (w *world) settle() error {
	if err := w.startAll(); err != nil {
		return err
	}
	for {
		before := w.truth.place()
		w.ends++
		body := fmt.Sprint("end ", w.ends)
		for i, name := range w.users {
			start(w, w.devices[2*i], protocol.Send, protocol.SendParams{To: name, Body: body})
		}
		if err := w.wait(); err != nil {
			return err
		}
		for _, d := range w.devices {
			if err := d.await(body); err != nil {
				return err
			}
		}
		if w.truth.place() == before+store.Place(len(w.users)) {
			return nil
		}
	}
}

// check compares what there is with what there ought to be.
func (w *world) check() error {
	for i, name := range w.users {
		want := w.truth.home(name)
		fresh, err := w.devices[2*i].fresh()
		if err != nil {
			return err
		}
		if d := diff(want, fresh); d != "" {
			return fmt.Errorf("%s's fresh login is not what the model says:\n%s", name, d)
		}
		for n, d := range w.devices[2*i : 2*i+2] {
			if err := w.checkDevice(d, fresh); err != nil {
				return fmt.Errorf("%s's device %d: %w", name, n, err)
			}
		}
	}
	return nil
}

func (w *world) checkDevice(d *device, fresh []protocol.Conversation) error {
	if d := diff(fresh, d.mirror.Home()); d != "" {
		return fmt.Errorf("its home is not that of a fresh login:\n%s", d)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for what := range d.seen {
		if !w.truth.toldOf(d.user, what) {
			return fmt.Errorf("was told of what it must not know: %s", what)
		}
	}
	for _, c := range fresh {
		if err := w.checkConversation(d, c.ID); err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
	}
	return nil
}

func (w *world) checkConversation(d *device, id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	messages, err := d.mirror.Messages(ctx, id)
	if err != nil {
		return err
	}
	if d := diff(w.truth.newest(d.user, id, kept), messages); d != "" {
		return fmt.Errorf("its messages are not those of the model:\n%s", d)
	}
	markers, err := d.mirror.Markers(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range w.truth.members(d.user, id) {
		hidden := m.Username == w.users[len(w.users)-1] && m.Username != d.user
		if !hidden && markers[m.Username] != m.ReadSeq {
			return fmt.Errorf("%s has read up to %d, and not %d", m.Username, m.ReadSeq, markers[m.Username])
		}
	}
	extra := func(name string, _ int64) bool {
		return !slices.ContainsFunc(w.truth.members(d.user, id), func(m protocol.Member) bool { return m.Username == name })
	}
	for name, seq := range markers {
		if extra(name, seq) {
			return fmt.Errorf("%s is no member, and has a marker", name)
		}
	}
	return nil
}

func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }
