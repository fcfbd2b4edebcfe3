package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Checker is implemented by params that have more rules than their types say.
// Check normalises (it folds usernames to lower case) and returns the first
// broken rule, with a pointer to the offending param by name.
type Checker interface {
	Check(*Limits) *Error
}

// Decode reads params as they stand in a request: an object, an array by
// position, or nothing. It is strict: an unknown, missing or mistyped param is
// an error of kind invalid_params, and so is whatever the Check of the params
// refuses. A null stands for an absent param. raw must be valid JSON.
func (m Method[P, R]) Decode(raw jsontext.Value, limits *Limits) (P, *Error) {
	var p P
	positional := raw.Kind() == '['
	if positional {
		object, err := m.byName(raw)
		if err != nil {
			return p, err
		}
		raw = object
	}
	err := m.decode(raw, &p, limits)
	if positional {
		err = m.As('[', err)
	}
	return p, err
}

// As words an error about params by name as the caller wrote them: when their
// kind is '[', by position.
func (m Method[P, R]) As(kind jsontext.Kind, err *Error) *Error {
	if err == nil || err.Pointer == "" || kind != '[' {
		return err
	}
	placed := *err
	placed.Pointer = m.byPosition(err.Pointer)
	return &placed
}

func (m Method[P, R]) decode(raw jsontext.Value, p *P, limits *Limits) *Error {
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, p, json.RejectUnknownMembers(true)); err != nil {
			return m.badParam(err)
		}
	}
	if err := m.missing(reflect.ValueOf(p).Elem(), raw); err != nil {
		return err
	}
	if c, ok := any(p).(Checker); ok {
		return c.Check(limits)
	}
	return nil
}

// missing finds a param that is absent or empty and may not be. The zero value
// stands for absence: no required param of the protocol may be zero.
func (m Method[P, R]) missing(p reflect.Value, raw jsontext.Value) *Error {
	for _, param := range m.Params {
		if !(param.Required || param.Filled) || !p.Field(param.field).IsZero() {
			continue
		}
		if param.Required {
			return InvalidParam(param.Name, "param %q is missing or empty", param.Name)
		}
		if given(raw, param.Name) {
			return InvalidParam(param.Name, "param %q is empty", param.Name)
		}
	}
	return nil
}

// given says whether an object has a member that is not null. Mostly its name
// is nowhere in it, as it is or with an escape.
func given(raw jsontext.Value, name string) bool {
	if !bytes.Contains(raw, []byte(name)) && !bytes.Contains(raw, []byte(`\u`)) {
		return false
	}
	var members map[string]jsontext.Value
	return json.Unmarshal(raw, &members) == nil && members[name] != nil && members[name].Kind() != 'n'
}

// byName turns params by position into the object that names them.
func (m Method[P, R]) byName(array jsontext.Value) (jsontext.Value, *Error) {
	d := jsontext.NewDecoder(bytes.NewReader(array))
	d.ReadToken() // the bracket
	object := []byte{'{'}
	for i := 0; d.PeekKind() != ']'; i++ {
		v, err := d.ReadValue()
		if err != nil {
			return nil, m.badParam(err)
		}
		if i >= len(m.Params) || m.Params[i].Named {
			return nil, InvalidParam(strconv.Itoa(i), "%s", m.takesByPosition(i))
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(object, '"')
		object = append(object, m.Params[i].Name...)
		object = append(object, '"', ':')
		object = append(object, v...)
	}
	return append(object, '}'), nil
}

// takesByPosition says how many params go by position, and what goes by name.
func (m Method[P, R]) takesByPosition(n int) string {
	message := fmt.Sprintf("%s takes at most %d by position", m.Name, n)
	if names := m.names()[n:]; len(names) > 0 {
		message += "; by name it takes " + strings.Join(names, ", ") + ", too"
	}
	return message
}

// byPosition rewrites a pointer to a param by name into one by position, as
// the caller wrote it.
func (m Method[P, R]) byPosition(pointer string) string {
	name, rest, nested := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	for i, param := range m.Params {
		if param.Name == name && !param.Named {
			pointer = "/" + strconv.Itoa(i)
			if nested {
				pointer += "/" + rest
			}
		}
	}
	return pointer
}

// The name of an unknown param is the caller's, and as long as a frame. An
// error repeats so many of its characters, and a pointer of so many bytes.
const (
	nameShown    = 64
	pointerShown = 256
)

// badParam words what the decoder refused. The pointer is the decoder's, or
// the nearest parent that is short enough to repeat.
func (m Method[P, R]) badParam(err error) *Error {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return &Error{Kind: InvalidParams, Message: "params are not valid"}
	}
	pointer := semantic.JSONPointer
	name := pointer.LastToken()
	message := fmt.Sprintf("param %.*q must be %s", nameShown, name, describe(semantic.GoType))
	if errors.Is(err, json.ErrUnknownName) {
		message = fmt.Sprintf("unknown param %.*q", nameShown, name)
		if pointer.Parent() == "" {
			message += "; " + m.takes()
		}
	}
	for len(pointer) > pointerShown {
		pointer = pointer.Parent()
	}
	return &Error{Kind: InvalidParams, Message: message, Pointer: string(pointer)}
}

// takes says which params there are.
func (m Method[P, R]) takes() string {
	names := m.names()
	if len(names) == 0 {
		return m.Name + " takes none"
	}
	return m.Name + " takes " + strings.Join(names, ", ")
}

func (m Method[P, R]) names() []string {
	names := make([]string, len(m.Params))
	for i, p := range m.Params {
		names[i] = p.Name
	}
	return names
}

// describe names the JSON type that a Go type takes.
func describe(t reflect.Type) string {
	switch t {
	case nil:
		return "of another type"
	case reflect.TypeFor[Time]():
		return "a time of RFC 3339"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "an integer"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Pointer:
		return describe(t.Elem())
	default:
		return "an object"
	}
}
