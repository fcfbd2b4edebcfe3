package conformance

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A placeholder is a string in a pattern that stands for values: "<time>",
// "<string:Token>" also captures, "<string:New != Old>" also differs, and
// "<time >= Old + 250>" is not before so many milliseconds after.
type placeholder struct {
	matcher string
	capture string
	differs string // the name of a capture
	since   string // the name of a capture of a time
	later   string // how many milliseconds
}

var placeholderForm = regexp.MustCompile(`^"<([a-z]+)(?::([A-Z][A-Za-z0-9]*))?(?: != ([A-Z][A-Za-z0-9]*)| >= ([A-Z][A-Za-z0-9]*) \+ ([0-9]{1,6}))?>"$`)

// placeholderOf reads a placeholder. A string that is none, though it looks
// like one, can be written with \u003c.
func placeholderOf(v jsontext.Value) (placeholder, bool) {
	m := placeholderForm.FindSubmatch(v)
	if m == nil {
		return placeholder{}, false
	}
	return placeholder{string(m[1]), string(m[2]), string(m[3]), string(m[4]), string(m[5])}, true
}

// refers returns the capture that a placeholder is compared with, "" when there
// is none.
func (p placeholder) refers() string {
	if p.matcher == next {
		return p.capture
	}
	return cmp.Or(p.differs, p.since)
}

// absent is the matcher of a member that must not be there; exact is the name
// of a member that forbids its object in the frame any member it does not name.
const (
	absent = "absent"
	exact  = "<exact>"
)

var (
	conversationID = regexp.MustCompile(`^c:[A-Za-z0-9_-]{22}$`)
	uuid7          = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// timeForm is RFC 3339, UTC, exactly milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

// matchers are what a placeholder may ask of a value.
var matchers = map[string]func(jsontext.Value) bool{
	absent:   func(jsontext.Value) bool { return false },
	"any":    func(jsontext.Value) bool { return true },
	"string": func(v jsontext.Value) bool { return v.Kind() == '"' },
	"number": func(v jsontext.Value) bool { return v.Kind() == '0' },
	"bool":   func(v jsontext.Value) bool { return v.Kind() == 't' || v.Kind() == 'f' },
	"object": func(v jsontext.Value) bool { return v.Kind() == '{' },
	"array":  func(v jsontext.Value) bool { return v.Kind() == '[' },
	"int":    isInt,
	next:     isInt,
	"time": func(v jsontext.Value) bool {
		t, err := time.Parse(timeForm, unquote(v))
		return err == nil && t.Format(timeForm) == unquote(v)
	},
	"cursor":       func(v jsontext.Value) bool { return unquote(v) != "" },
	"conversation": func(v jsontext.Value) bool { return conversationID.MatchString(unquote(v)) },
	"uuid":         func(v jsontext.Value) bool { return uuid7.MatchString(unquote(v)) }, // of version 7
}

func isInt(v jsontext.Value) bool { return v.Kind() == '0' && !bytes.ContainsAny(v, ".eE") }

// unquote returns the text of a JSON string, and nothing of another value.
func unquote(v jsontext.Value) string {
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s, jsontext.AllowInvalidUTF8(true)) != nil {
		return ""
	}
	return s
}

// raw is a value as captures hold it: a string without its quotes, so that it
// can be put into another, all else as it stands.
func raw(v jsontext.Value) string {
	if v.Kind() == '"' {
		return string(v[1 : len(v)-1])
	}
	return string(v)
}

// next is the matcher of an integer that is one more than the capture of its name,
// which it becomes.
const next = "next"

// checkPattern refuses placeholders that do not exist, and adds the captures of
// the pattern to known.
func checkPattern(pattern jsontext.Value, known map[string]string) error {
	if p, ok := placeholderOf(pattern); ok {
		if matchers[p.matcher] == nil {
			return fmt.Errorf("unknown matcher %s", pattern)
		}
		if _, ok := known[p.refers()]; p.refers() != "" && !ok {
			return fmt.Errorf("%s: $%s is not captured before", pattern, p.refers())
		}
		if p.capture != "" {
			known[p.capture] = "0"
		}
		return nil
	}
	if bytes.HasPrefix(pattern, []byte(`"<`)) {
		return fmt.Errorf(`%s looks like a placeholder; write \u003c for a literal <`, pattern)
	}
	for _, m := range children(pattern) {
		if err := checkPattern(m.value, known); err != nil {
			return err
		}
	}
	return nil
}

// member is a member of an object, or an element of an array, without a name.
type member struct {
	name  string
	value jsontext.Value
}

// children returns the members of an object or the elements of an array, in
// their order. v is valid JSON.
func children(v jsontext.Value) []member {
	kind := v.Kind()
	if kind != '{' && kind != '[' {
		return nil
	}
	var all []member
	d := jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for _, err := d.ReadToken(); err == nil && (d.PeekKind() != '}' && d.PeekKind() != ']'); {
		var m member
		if kind == '{' {
			name, _ := d.ReadValue()
			m.name = unquote(name)
		}
		var value jsontext.Value
		value, err = d.ReadValue()
		m.value = slices.Clone(value)
		all = append(all, m)
	}
	return all
}

// find returns the value of the member with a name, nil when there is none.
func find(members []member, name string) jsontext.Value {
	for _, m := range members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// escape makes a name a token of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
