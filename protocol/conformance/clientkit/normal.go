package clientkit

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var conversationForm = regexp.MustCompile(`^c:[A-Za-z0-9_-]{22}$`)

// normal makes what two runs see the same where they may differ: random ids,
// times and cursors. An id becomes the number of its first appearance, so that
// one taken for another still shows.
type normal struct {
	prefix string // of usernames
	ids    map[string]string
}

func newNormal(prefix string) *normal { return &normal{prefix, map[string]string{}} }

// dropped are members that say nothing to the application: when something was,
// where a client stands in the log, and whether a send had to be repeated.
var dropped = []string{"at", "created_at", "joined_at", "edited_at", "cursor", "duplicate"}

// text makes JSON that can be compared, its members in order.
func (n *normal) text(raw jsontext.Value) (string, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	out, err := json.Marshal(n.value(v), json.Deterministic(true))
	return string(out), err
}

// plain is JSON that can be compared, and nothing else changed.
func plain(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = (*jsontext.Value)(&raw).Canonicalize()
	}
	return string(raw), err
}

// sight is what is seen in events, and in an answer with conversations.
func (n *normal) sight(events []jsontext.Value, home jsontext.Value) (s sight, err error) {
	for _, raw := range events {
		text, err := n.event(raw)
		if err != nil {
			return s, err
		}
		s.events = append(s.events, text)
	}
	s.home, err = n.home(home)
	return s, err
}

// event is text for an event, as it is on the wire or in a line of a driver.
func (n *normal) event(raw jsontext.Value) (string, error) {
	var e struct {
		Method string         `json:"method"`
		Event  string         `json:"event"`
		Params jsontext.Value `json:"params"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return "", err
	}
	params, err := n.text(e.Params)
	return "event " + e.Method + e.Event + " " + params, err
}

// home is text for the conversations in an answer.
func (n *normal) home(raw jsontext.Value) (string, error) {
	var h struct {
		Conversations jsontext.Value `json:"conversations"`
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return "", err
	}
	list, err := n.text(h.Conversations)
	return "home " + list, err
}

func (n *normal) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return n.object(v)
	case []any:
		for i := range v {
			v[i] = n.value(v[i])
		}
	case string:
		if conversationForm.MatchString(v) {
			return n.id("conversation", v)
		}
		return strings.TrimPrefix(v, cmp.Or(n.prefix, "\x00"))
	}
	return v
}

// object takes the members in the order of their names, which is the same in
// every run.
func (n *normal) object(o map[string]any) any {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		value, isText := o[name].(string)
		switch {
		case slices.Contains(dropped, name), name == "message" && isText: // for people
			delete(o, name)
		case name == "client_id" && isText:
			o[name] = n.id(name, value)
		default:
			o[name] = n.value(o[name])
		}
	}
	return o
}

func (n *normal) id(what, id string) string {
	if n.ids[what+id] == "" {
		n.ids[what+id] = fmt.Sprintf("%s %d", what, len(n.ids)+1)
	}
	return n.ids[what+id]
}
