package main

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// obj makes an object of names and values in turn. A nil value is left out.
func obj(pairs ...any) object {
	var o object
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != nil {
			o = append(o, member{pairs[i].(string), pairs[i+1]})
		}
	}
	return o
}

// MarshalJSONTo makes an object one of JSON.
func (o object) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := e.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(e, m.value); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

// has says whether the object has a member with one of some names.
func (o object) has(names ...string) bool {
	return slices.ContainsFunc(o, func(m member) bool { return slices.Contains(names, m.name) })
}

// said is a text, or nil to leave out an empty one.
func said(text string) any {
	if text == "" {
		return nil
	}
	return text
}
