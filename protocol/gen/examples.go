package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Examples are what was said in conformance cases, by method and by event. A
// test of package server records them:
//
//	go test ./server -run TestOpenRPC -update
//
// and fails when the cases say something else.
type examples struct {
	Methods map[string][]example `json:"methods"`
	Events  map[string][]example `json:"events"`
}

// An example is a request with its result, or a notification.
type example struct {
	Name        string         `json:"name"`        // of the case
	Description string         `json:"description"` // what the case holds
	Params      jsontext.Value `json:"params,omitzero"`
	Result      jsontext.Value `json:"result,omitzero"`
}

func readExamples(path string) (*examples, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	e := new(examples)
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// of returns the examples of a method as pairings.
func (e *examples) of(m *method) any {
	var all []object
	for _, x := range e.Methods[m.Name] {
		all = append(all, obj(
			"name", x.Name,
			"description", said(x.Description),
			"params", x.params(m),
			"result", obj("name", m.result, "value", x.Result),
		))
	}
	return given(all)
}

// ofEvent returns the examples of an event. They have no result.
func (e *examples) ofEvent(ev *event) any {
	var all []object
	for _, x := range e.Events[ev.Name] {
		all = append(all, obj("name", x.Name, "description", said(x.Description), "params", x.params(nil)))
	}
	return given(all)
}

// given is a list, or nil to leave out an empty one.
func given(all []object) any {
	if len(all) == 0 {
		return nil
	}
	return all
}

// params names each param of an example, by position or by name.
func (x example) params(m *method) []object {
	all := []object{}
	if len(x.Params) == 0 {
		return all
	}
	d := jsontext.NewDecoder(bytes.NewReader(x.Params))
	open, _ := d.ReadToken()
	for i := 0; d.PeekKind() != ']' && d.PeekKind() != '}'; i++ {
		var name string
		if open.Kind() == '{' {
			token, _ := d.ReadToken()
			name = token.String()
		} else {
			name = m.Params[i].Name
		}
		value, err := d.ReadValue()
		if err != nil {
			return all
		}
		all = append(all, obj("name", name, "value", value.Clone()))
	}
	return all
}
