package clientkit

import (
	"fmt"
	"maps"
	"regexp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// examples makes values that patterns match: what a server might have said.
type examples struct {
	captured map[string]string
	made     int // so that no two are the same
}

var placeholderForm = regexp.MustCompile(`^"<([a-z0-9]+)(?::([A-Z][A-Za-z0-9]*))?(?: [!>]= [^"]*)?>"$`)

// of makes an example of a pattern, which is valid JSON, with its references
// expanded. name is that of the member that it is for. The answer is nil for
// what is to be absent.
func (e *examples) of(name string, pattern jsontext.Value) (jsontext.Value, error) {
	if m := placeholderForm.FindSubmatch(pattern); m != nil {
		v, err := e.value(name, string(m[1]))
		if capture := string(m[2]); capture != "" && err == nil {
			e.captured[capture] = string(v)
			if v.Kind() == '"' {
				e.captured[capture] = string(v[1 : len(v)-1])
			}
		}
		return v, err
	}
	switch pattern.Kind() {
	case '{':
		return e.object(name, pattern)
	case '[':
		var patterns []jsontext.Value
		if err := json.Unmarshal(pattern, &patterns); err != nil {
			return nil, err
		}
		values := make([]jsontext.Value, len(patterns))
		for i := range patterns {
			var err error
			if values[i], err = e.of("", patterns[i]); err != nil {
				return nil, err
			}
		}
		return json.Marshal(values)
	}
	return pattern, nil
}

// object makes an object with the members of the pattern, in its order, and
// those that such an object always has.
func (e *examples) object(name string, pattern jsontext.Value) (jsontext.Value, error) {
	var patterns map[string]jsontext.Value
	if err := json.Unmarshal(pattern, &patterns); err != nil {
		return nil, err
	}
	members := map[string]jsontext.Value{}
	if patterns["<exact>"] == nil {
		members = e.usual(name)
	}
	for member, p := range patterns {
		if member == "<exact>" {
			continue
		}
		v, err := e.of(member, p)
		if err != nil {
			return nil, err
		}
		members[member] = v
	}
	maps.DeleteFunc(members, func(_ string, v jsontext.Value) bool { return v == nil })
	return json.Marshal(members, json.Deterministic(true))
}

// value makes an example for a matcher.
func (e *examples) value(name, matcher string) (jsontext.Value, error) {
	e.made++
	switch matcher {
	case "absent":
		return nil, nil
	case "any", "string":
		return jsontext.Value(fmt.Sprintf(`"text %d"`, e.made)), nil
	case "uuid":
		return jsontext.Value(fmt.Sprintf(`"01a2098f-0000-7000-8000-%012d"`, e.made)), nil
	case "int", "number":
		return jsontext.Value(fmt.Sprint(e.made)), nil
	case "bool":
		return jsontext.Value("true"), nil
	case "array":
		return jsontext.Value("[]"), nil
	case "object":
		return json.Marshal(e.usual(name), json.Deterministic(true))
	case "time":
		return jsontext.Value(`"2026-11-23T10:00:00.000Z"`), nil
	case "cursor":
		return jsontext.Value(fmt.Sprintf(`"k:%d"`, e.made)), nil
	case "conversation":
		return e.conversation(), nil
	}
	return nil, fmt.Errorf("no example for %s", matcher)
}

func (e *examples) conversation() jsontext.Value {
	e.made++
	return jsontext.Value(fmt.Sprintf(`"c:%022d"`, e.made))
}

// usual is what an object has that patterns seldom name, by the name of the
// member that holds it.
func (e *examples) usual(name string) map[string]jsontext.Value {
	at := jsontext.Value(`"2026-11-23T10:00:00.000Z"`)
	switch name {
	case "message", "last_message":
		return map[string]jsontext.Value{
			"conversation": e.conversation(), "seq": jsontext.Value("1"), "rev": jsontext.Value("1"),
			"sender": jsontext.Value(`"kit-bo"`), "body": jsontext.Value(`"hello"`), "at": at,
		}
	case "conversation":
		one, zero, no := jsontext.Value("1"), jsontext.Value("0"), jsontext.Value("false")
		return map[string]jsontext.Value{
			"id": e.conversation(), "kind": jsontext.Value(`"group"`), "name": jsontext.Value(`"Bees"`), "role": jsontext.Value(`"member"`),
			"member_count": one, "members": jsontext.Value(`["kit-ana"]`), "last_seq": zero, "read_seq": zero, "unread": zero,
			"mentions": zero, "muted": no, "pinned": no, "state": jsontext.Value(`"open"`), "created_at": at, "joined_at": at,
		}
	case "user":
		return map[string]jsontext.Value{"username": jsontext.Value(`"kit-ana"`)}
	case "params of conversation":
		return map[string]jsontext.Value{
			"conversation": e.conversation(), "change": jsontext.Value(`"renamed"`), "kind": jsontext.Value(`"group"`),
			"name": jsontext.Value(`"Bees"`), "member_count": jsontext.Value("2"),
		}
	case "params of read":
		return map[string]jsontext.Value{
			"conversation": e.conversation(), "username": jsontext.Value(`"kit-bo"`), "seq": jsontext.Value("1"),
		}
	case "params of message", "params of message_updated":
		m, err := json.Marshal(e.usual("message"), json.Deterministic(true))
		if err != nil {
			panic(err) // of a type of ours
		}
		return map[string]jsontext.Value{"message": m}
	case "result of send":
		return map[string]jsontext.Value{
			"conversation": e.conversation(), "seq": jsontext.Value("1"), "at": at, "duplicate": jsontext.Value("false"),
		}
	case "result of read":
		return map[string]jsontext.Value{
			"conversation": e.conversation(), "read_seq": jsontext.Value("1"), "unread": jsontext.Value("0"),
		}
	}
	return map[string]jsontext.Value{}
}
