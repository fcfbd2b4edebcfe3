package stage

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Failure is an error that a request is answered with.
type Failure struct {
	Kind         string `json:"kind"`
	Retryable    bool   `json:"retryable"`
	RetryAfterMS int64  `json:"retry_after_ms,omitzero"`
	Pointer      string `json:"pointer,omitzero"`
}

// codes has the kinds of error, and which may be repeated.
var codes = map[string]struct {
	code      int
	retryable bool
}{
	"parse": {-32700, false}, "invalid_request": {-32600, false}, "method_not_found": {-32601, false},
	"invalid_params": {-32602, false}, "internal": {-32603, true}, "unauthenticated": {401, false}, "forbidden": {403, false},
	"not_found": {404, false}, "conflict": {409, false}, "rate_limited": {429, true}, "unavailable": {503, true},
	"draining": {503, true}, "unknown_outcome": {504, true}, "storage_full": {507, true},
}

// method carries out a request whose params are an object.
type method func(s *Server, c *Conn, params jsontext.Value) (any, *Failure)

// of makes a method of a function with params of its own type. An unknown param
// is refused.
func of[P any](f func(*Server, *Conn, P) (any, *Failure)) method {
	return func(s *Server, c *Conn, raw jsontext.Value) (any, *Failure) {
		var p P
		if len(raw) > 0 && raw.Kind() != 'n' {
			if err := json.Unmarshal(raw, &p, json.RejectUnknownMembers(true)); err != nil {
				return nil, &Failure{Kind: "invalid_params"}
			}
		}
		return f(s, c, p)
	}
}

// open are the methods that need no login.
var open = []string{"register", "login", "ping", "server_info"}

var methods = map[string]method{
	"register": of((*Server).register), "login": of((*Server).login), "logout": of((*Server).logout),
	"ping": of((*Server).ping), "server_info": of((*Server).serverInfo),
	"subscribe": of((*Server).subscribe), "unsubscribe": of((*Server).unsubscribe),
	"send": of((*Server).send), "edit": of((*Server).edit), "delete": of((*Server).remove),
	"react": of((*Server).react), "unreact": of((*Server).unreact), "history": of((*Server).history),
	"read": of((*Server).read), "conversations": of((*Server).list), "conversation": of((*Server).conversation),
	"create": of((*Server).create), "rename": of((*Server).rename), "set_preferences": of((*Server).setPreferences),
}

// call carries out a request.
func (s *Server) call(c *Conn, name string, params jsontext.Value) (any, *Failure) {
	m, known := methods[name]
	switch {
	case !known:
		return nil, &Failure{Kind: "method_not_found"}
	case c.user == "" && !slices.Contains(open, name):
		if c.examined {
			s.violate("%s is called before login (2.3)", name)
		}
		return nil, &Failure{Kind: "unauthenticated"}
	}
	return m(s, c, params)
}
