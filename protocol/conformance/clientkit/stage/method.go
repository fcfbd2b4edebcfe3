package stage

import (
	"fmt"
	"maps"
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

// method carries out a request whose params are an object.
type method func(s *Server, c *Conn, params jsontext.Value) (any, *Failure)

// of makes a method of a function with params of its own type, which may come by
// position, in the order of names. An unknown param is refused.
func of[P any](f func(*Server, *Conn, P) (any, *Failure), names ...string) method {
	return func(s *Server, c *Conn, raw jsontext.Value) (any, *Failure) {
		var p P
		raw, err := byName(raw, names)
		if err == nil && len(raw) > 0 {
			err = json.Unmarshal(raw, &p, json.RejectUnknownMembers(true))
		}
		if err != nil {
			return nil, &Failure{Kind: "invalid_params"}
		}
		return f(s, c, p)
	}
}

// byName makes an object of params, without those that are null.
func byName(raw jsontext.Value, names []string) (jsontext.Value, error) {
	params := map[string]jsontext.Value{}
	switch raw.Kind() {
	case '[':
		var values []jsontext.Value
		if err := json.Unmarshal(raw, &values); err != nil || len(values) > len(names) {
			return nil, fmt.Errorf("%d params at most: %w", len(names), err)
		}
		for i, v := range values {
			params[names[i]] = v
		}
	case '{':
		if err := json.Unmarshal(raw, &params); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(params, func(_ string, v jsontext.Value) bool { return v.Kind() == 'n' })
	return json.Marshal(params)
}

// open are the methods that need no login.
var open = []string{"register", "login", "ping", "server_info"}

var methods = map[string]method{
	"register": of((*Server).register, "username", "password", "display_name"), "login": of((*Server).login, "username", "password"), "logout": of((*Server).logout),
	"ping": of((*Server).ping), "server_info": of((*Server).serverInfo),
	"subscribe": of((*Server).subscribe, "cursor"), "unsubscribe": of((*Server).unsubscribe),
	"send": of((*Server).send, "to", "body", "client_id"), "edit": of((*Server).edit, "with", "seq", "body"), "delete": of((*Server).remove, "with", "seq"),
	"react": of((*Server).react, "with", "seq", "emoji"), "unreact": of((*Server).unreact, "with", "seq", "emoji"), "history": of((*Server).history, "with", "limit", "before", "after", "around"),
	"read": of((*Server).read, "with", "seq"), "conversations": of((*Server).list, "since", "limit", "page"), "conversation": of((*Server).conversation, "with"),
	"create": of((*Server).create, "name", "members"), "rename": of((*Server).rename, "with", "name"), "set_preferences": of((*Server).setPreferences, "with"),
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
