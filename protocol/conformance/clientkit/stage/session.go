package stage

import (
	"fmt"
	"slices"
)

// session is one that a user has opened, until it is ended.
type session struct {
	id, user string
	current  string // the token that was used last
	ended    bool
	expired  bool
}

// token remembers for which one it was given out.
type token struct {
	session *session
	before  string
}

type loginParams struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Token    string `json:"token"`
	Device   string `json:"device"`
}

func (s *Server) register(_ *Conn, p struct {
	Username    string `json:"username"`
	Password    string `json:"password"`
	DisplayName string `json:"display_name"`
}) (any, *Failure) {
	if _, taken := s.users[p.Username]; taken {
		return nil, &Failure{Kind: "conflict"}
	}
	s.users[p.Username] = p.Password
	return map[string]any{"user": map[string]any{"username": p.Username}}, nil
}

func (s *Server) login(c *Conn, p loginParams) (any, *Failure) {
	open := s.byName(p)
	if p.Token != "" {
		open = s.byToken(p.Token)
	}
	switch {
	case open == nil:
		return nil, &Failure{Kind: "unauthenticated"}
	case c.user != "" && c.user != open.user:
		return nil, &Failure{Kind: "conflict"}
	}
	c.user, c.session = open.user, open
	s.counter++
	next := fmt.Sprintf("t:%06d", s.counter)
	s.tokens[next] = token{open, open.current}
	if p.Token == "" {
		open.current = next
		s.tokens[next] = token{open, ""}
	}
	return map[string]any{
		"user": map[string]any{"username": open.user}, "session": open.id, "token": next, "protocol": "1",
		"server": serverName, "epoch": "e:1", "cursor": cursorOf(len(s.log)), "limits": s.limits,
	}, nil
}

func (s *Server) byName(p loginParams) *session {
	if password, known := s.users[p.Username]; !known || password != p.Password {
		return nil
	}
	s.counter++
	return &session{id: fmt.Sprintf("s:%06d", s.counter), user: p.Username}
}

// byToken takes the token that is in use or one that was given out for it. Any
// other ends the session: somebody has a copy.
func (s *Server) byToken(given string) *session {
	t, known := s.tokens[given]
	switch {
	case known && t.session.expired:
		s.violate("a token that has expired is used again (14: 4002)")
		return nil
	case !known || t.session.ended:
		return nil
	case given != t.session.current && t.before != t.session.current:
		s.violate("a token that was replaced is used again, which ends the session (5.4)")
		s.end(t.session, 4001)
		return nil
	}
	t.session.current = given
	return t.session
}

// end ends a session, and closes its connections.
func (s *Server) end(ended *session, code int) {
	ended.ended = true
	for _, c := range slices.Clone(s.conns) {
		if c.session == ended {
			c.Close(code)
		}
	}
}

func (s *Server) logout(c *Conn, _ struct{}) (any, *Failure) {
	ended := c.session
	c.user, c.session, c.subscribed = "", nil, false
	s.after = func() { s.end(ended, 4001) }
	return struct{}{}, nil
}

func (s *Server) subscribe(c *Conn, p struct {
	Cursor *string `json:"cursor"`
}) (any, *Failure) {
	place, ok := len(s.log), true
	if p.Cursor != nil {
		place, ok = s.place(*p.Cursor)
	}
	if p.Cursor != nil && c.examined && s.forget {
		place, ok, s.forget = len(s.log), false, false
	}
	c.subscribed, c.last = true, place
	s.after = func() { s.replay(c, place) }
	return map[string]any{"cursor": cursorOf(place), "reset": !ok}, nil
}

func (s *Server) unsubscribe(c *Conn, _ struct{}) (any, *Failure) {
	c.subscribed = false
	return map[string]any{"cursor": cursorOf(len(s.log))}, nil
}

func (s *Server) ping(c *Conn, _ struct{}) (any, *Failure) {
	if c.user == "" {
		return map[string]any{"at": timeOf(len(s.log))}, nil
	}
	return map[string]any{"at": timeOf(len(s.log)), "cursor": cursorOf(len(s.log))}, nil
}

var serverName = map[string]any{"name": "stage", "version": "1"}

func (s *Server) serverInfo(_ *Conn, _ struct{}) (any, *Failure) {
	return map[string]any{
		"server": serverName, "protocols": []string{"1"}, "node": "stage", "limits": s.limits, "directory": "everybody",
		"authentication": map[string]any{"name": true, "password": true, "token": true, "registration": "open"},
	}, nil
}
