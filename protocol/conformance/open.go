package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// open plays the steps about opening a connection, and says whether this is
// one.
func (p *player) open(ctx context.Context, s Step) (bool, error) {
	text, err := p.vars.expand(s.Text)
	how := p.openings[s.Conn]
	name, value, _ := strings.Cut(text, ":")
	switch s.Op {
	case With:
		how.changes = append(how.changes, change{name: name, value: strings.TrimSpace(value)})
	case Without:
		how.changes = append(how.changes, change{name: text, away: true})
	case Request:
		how.request = text
	case Slow:
		how.room = slowRoom
	case ExpectHTTP:
		return true, p.expectHTTP(ctx, s)
	case ExpectHeader:
		return true, errors.Join(err, p.expectHeader(s.Conn, name, strings.TrimSpace(value)))
	default:
		return false, nil
	}
	p.transcript.frame(s.Conn+string(s.Op)+" ", text)
	p.openings[s.Conn] = how
	return true, err
}

// dial opens the connection with a name as the steps before want it, and keeps
// it if it was accepted.
func (p *player) dial(ctx context.Context, name string) error {
	how := p.openings[name]
	delete(p.openings, name)
	c, response, err := dial(ctx, p.options, how)
	if err != nil {
		return err
	}
	p.responses[name] = response
	if response.StatusCode != http.StatusSwitchingProtocols {
		c.cut()
		return nil
	}
	p.conns[name] = c
	p.order = append(p.order, name)
	return nil
}

func (p *player) expectHTTP(ctx context.Context, s Step) error {
	if p.conns[s.Conn] != nil {
		return fmt.Errorf("%s is open already", s.Conn)
	}
	if err := p.dial(ctx, s.Conn); err != nil {
		return err
	}
	got := p.responses[s.Conn]
	p.transcript.note(s.Conn + "< http " + got.Status)
	if !slices.Contains(s.Codes, got.StatusCode) {
		return fmt.Errorf("answered %s, want %v", got.Status, s.Codes)
	}
	return nil
}

// expectHeader holds a header of the latest answer: that it is there, and that
// it has a value, if one is given.
func (p *player) expectHeader(conn, name, value string) error {
	if p.responses[conn] == nil {
		return fmt.Errorf("%s was not opened", conn)
	}
	got := p.responses[conn].Header.Values(name)
	switch {
	case len(got) == 0:
		return fmt.Errorf("the answer has no header %s", name)
	case value != "" && !strings.EqualFold(strings.Join(got, ", "), value):
		return fmt.Errorf("the header %s is %q, want %q", name, got, value)
	}
	return nil
}
