package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// player plays one case, in one goroutine.
type player struct {
	options    Options
	vars       variables
	conns      map[string]*conn
	openings   map[string]opening        // of connections to come
	responses  map[string]*http.Response // to the latest handshakes
	order      []string                  // of conns, as they were opened
	registered map[string]bool           // users
	ids        int                       // given to requests of the player's own
	transcript transcript
	heard      bool // something came on a connection that is gone
}

// runLength keeps usernames within 32 characters while a name has up to 18,
// and 65 bits of it make two runs of the same name unlikely.
const runLength = 13

// play plays a case and returns its transcript, and whether anything came from the
// server. In the end every connection that is still open must be silent.
func play(ctx context.Context, o Options, c Case) (transcript string, heard bool, err error) {
	p := &player{
		options:    o,
		vars:       variables{strings.ToLower(rand.Text()[:runLength]), o.host(), map[string]string{}, o.told},
		conns:      map[string]*conn{},
		openings:   map[string]opening{},
		responses:  map[string]*http.Response{},
		registered: map[string]bool{},
	}
	err = p.steps(ctx, c)
	p.forgetAll()
	return p.transcript.String(), p.heard, err
}

func (p *player) steps(ctx context.Context, c Case) error {
	for _, s := range c.Steps {
		if err := p.step(ctx, s); err != nil {
			return fmt.Errorf("%s:%d: %w", c.File, s.Line, err)
		}
	}
	for _, name := range slices.Clone(p.order) {
		if err := p.silent(ctx, name); err != nil {
			return fmt.Errorf("%s: after the last step: %w", c.File, err)
		}
	}
	return nil
}

func (p *player) step(ctx context.Context, s Step) error {
	if done, err := p.flow(ctx, s); done {
		return err
	}
	if done, err := p.open(ctx, s); done || err != nil {
		return err
	}
	c, err := p.conn(ctx, s.Conn)
	if err != nil {
		return err
	}
	switch s.Op {
	case Send:
		return p.send(ctx, s.Conn, s.Text)
	case SendFrame, SendRaw:
		return p.sendForm(ctx, s)
	case Expect:
		return p.expectTimes(ctx, s)
	case ExpectAny:
		return p.expectAny(ctx, s.Conn, s.Texts)
	case ExpectPong:
		return p.expectPong(ctx, s.Conn, s.Text)
	case ExpectClose:
		defer p.forget(s.Conn)
		return p.expectClose(ctx, s)
	case ExpectMany:
		return p.expectMany(ctx, s)
	case Again:
		return p.again(ctx, s.Conn, s.Text)
	case ExpectPing:
		return p.expectPing(ctx, s)
	case SendMany:
		return p.sendMany(ctx, s)
	case Silent:
		return p.silent(ctx, s.Conn)
	case Login:
		return p.login(ctx, s.Conn)
	case Close:
		defer p.forget(s.Conn)
		p.transcript.note(s.Conn + "! close")
		return c.close(ctx)
	case Drop:
		p.transcript.note(s.Conn + "! drop")
		p.forget(s.Conn)
		return nil
	}
	return fmt.Errorf("unknown operation %q", s.Op)
}

// conn returns the connection with a name, opened if need be.
func (p *player) conn(ctx context.Context, name string) (*conn, error) {
	if c := p.conns[name]; c != nil {
		return c, nil
	}
	if err := p.dial(ctx, name); err != nil {
		return nil, fmt.Errorf("cannot open connection %s: %w", name, err)
	}
	if c := p.conns[name]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("cannot open connection %s: the server answered %s", name, p.responses[name].Status)
}

// forget cuts a connection, if it is still there, so that its name opens a new
// one.
func (p *player) forget(name string) {
	p.heard = p.heard || p.conns[name].heard
	p.conns[name].cut()
	delete(p.conns, name)
	p.order = slices.DeleteFunc(p.order, func(n string) bool { return n == name })
}

func (p *player) forgetAll() {
	for _, name := range slices.Clone(p.order) {
		p.forget(name)
	}
}

// send sends a message in one frame.
func (p *player) send(ctx context.Context, name, text string) error {
	frame, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	p.transcript.frame(name+"> ", frame)
	p.conns[name].last = frame
	return p.conns[name].send(ctx, opText, []byte(frame))
}

func (p *player) read(ctx context.Context, name string) (jsontext.Value, error) {
	frame, err := p.conns[name].read(ctx)
	if frame != nil {
		p.transcript.frame(name+"< ", string(frame))
	}
	return frame, err
}

// request sends a request of the player's own and holds the next frame against
// a pattern of its result.
func (p *player) request(ctx context.Context, name, method, params, result string) error {
	p.ids++
	id := fmt.Sprintf("conformance-%d", p.ids)
	err := p.send(ctx, name, fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`, id, method, params))
	if err != nil {
		return err
	}
	return p.expect(ctx, name, fmt.Sprintf(`{"id":%q,"result":%s}`, id, result))
}

// silent shows without a clock that no frame is waiting: the answer to a ping
// is the next one.
func (p *player) silent(ctx context.Context, name string) error {
	return p.request(ctx, name, "ping", `{}`, `{"at":"<time>"}`)
}

// login logs a connection in by name, after registering the user at the first
// time. What stands after the slash of its name is the device.
func (p *player) login(ctx context.Context, name string) error {
	user, device, _ := strings.Cut(name, "/")
	if !p.registered[user] {
		p.registered[user] = true
		err := p.request(ctx, name, "register", fmt.Sprintf(`{"username":"$%s"}`, user), fmt.Sprintf(`{"user":{"username":"$%s"}}`, user))
		if err != nil {
			return err
		}
	}
	return p.request(ctx, name, "login",
		fmt.Sprintf(`{"username":"$%s","device":%q}`, user, device),
		fmt.Sprintf(`{"user":{"username":"$%s"},"session":"<string>","token":"<string>","cursor":"<cursor>"}`, user))
}
