package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"asappchat/protocol"
	"asappchat/protocol/openrpc"
)

// A description is an OpenRPC document, ready to judge frames.
type description struct {
	methods map[string]*described
	events  map[string]*jsonschema.Schema
	failure *jsonschema.Schema
	kinds   map[string]kindRules
}

// described is a method of the document.
type described struct {
	params     *jsonschema.Schema // by name, all together
	byPosition []*jsonschema.Schema
	names      []string // of those by position
	required   int      // of those by position
	result     *jsonschema.Schema
	errors     []string
}

type kindRules struct {
	Code      int64 `json:"code"`
	Retryable bool  `json:"retryable"`
}

// document is what of an OpenRPC document is read to find its schemas.
type document struct {
	Methods       []documented         `json:"methods"`
	Discover      documented           `json:"x-discover"`
	Notifications []documented         `json:"x-notifications"`
	Kinds         map[string]kindRules `json:"x-error-kinds"`
}

type documented struct {
	Name   string `json:"name"`
	Params []struct {
		Name     string `json:"name"`
		Required bool   `json:"required"`
		Named    bool   `json:"x-named"`
	} `json:"params"`
	Errors []string `json:"x-errors"`
}

// describe reads the document of a server with the default limits.
func describe(t *testing.T) *description {
	t.Helper()
	limits := protocol.DefaultLimits()
	text, err := openrpc.Document(protocol.Server{Name: "test", Version: "0"}, &limits)
	if err != nil {
		t.Fatal(err)
	}
	d, err := readDescription(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func readDescription(text []byte) (*description, error) {
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource("openrpc.json", parsed); err != nil {
		return nil, err
	}
	var failed []error
	compile := func(format string, args ...any) *jsonschema.Schema {
		s, err := c.Compile("openrpc.json#" + fmt.Sprintf(format, args...))
		failed = append(failed, err)
		return s
	}
	d := &description{methods: map[string]*described{}, events: map[string]*jsonschema.Schema{}, kinds: doc.Kinds}
	add := func(m documented, place string) {
		method := &described{params: compile("%s/x-params", place), result: compile("%s/result/schema", place), errors: m.Errors}
		for k, p := range m.Params {
			if p.Named {
				continue
			}
			method.names = append(method.names, p.Name)
			method.byPosition = append(method.byPosition, compile("%s/params/%d/schema", place, k))
			if p.Required {
				method.required = k + 1
			}
		}
		d.methods[m.Name] = method
	}
	for i, m := range doc.Methods {
		add(m, fmt.Sprintf("/methods/%d", i))
	}
	add(doc.Discover, "/x-discover")
	for i, n := range doc.Notifications {
		d.events[n.Name] = compile("/x-notifications/%d/x-params", i)
	}
	d.failure = compile("/components/schemas/ErrorObject")
	return d, errors.Join(failed...)
}

func validate(s *jsonschema.Schema, value jsontext.Value) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// request says whether params are as the document has them for a method, which
// it must have.
func (d *description) request(name string, params jsontext.Value) error {
	m := d.methods[name]
	if m == nil {
		return fmt.Errorf("no method %q", name)
	}
	switch params.Kind() {
	case 0, 'n':
		return validate(m.params, jsontext.Value(`{}`))
	case '[':
		return m.positional(params)
	}
	return validate(m.params, params)
}

func (m *described) positional(params jsontext.Value) error {
	var given []jsontext.Value
	if err := json.Unmarshal(params, &given); err != nil {
		return err
	}
	if len(given) < m.required || len(given) > len(m.byPosition) {
		return fmt.Errorf("%d params, of which %d to %d are taken", len(given), m.required, len(m.byPosition))
	}
	for i, value := range given {
		if err := validate(m.byPosition[i], value); err != nil {
			return fmt.Errorf("param %d: %w", i, err)
		}
	}
	return nil
}

// paramAt names the param that a pointer of an error means, by name or by
// position.
func (m *described) paramAt(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	if i, err := strconv.Atoi(name); err == nil && i < len(m.names) {
		return m.names[i]
	}
	return name
}

// event says whether a notification of the server is as the document has it.
func (d *description) event(name string, params jsontext.Value) error {
	s := d.events[name]
	if s == nil {
		return fmt.Errorf("no notification %q", name)
	}
	return validate(s, params)
}

// result says whether the result of a method is as the document has it.
func (d *description) result(name string, result jsontext.Value) error {
	m := d.methods[name]
	if m == nil {
		return fmt.Errorf("no method %q", name)
	}
	return validate(m.result, result)
}

// error says whether an error is as the document has it, for a method or, when
// it is not known which was meant, for none.
func (d *description) error(name string, object jsontext.Value) error {
	if err := validate(d.failure, object); err != nil {
		return err
	}
	var e struct {
		Code int64 `json:"code"`
		Data struct {
			Kind      string `json:"kind"`
			Retryable bool   `json:"retryable"`
		} `json:"data"`
	}
	if err := json.Unmarshal(object, &e); err != nil {
		return err
	}
	kind := e.Data.Kind
	if rules := d.kinds[kind]; rules != (kindRules{e.Code, e.Data.Retryable}) {
		return fmt.Errorf("%s goes with code %d and retryable %v", kind, rules.Code, rules.Retryable)
	}
	if name == "" || kind == string(protocol.InvalidRequest) {
		return nil
	}
	m := d.methods[name]
	if known := kind != string(protocol.MethodNotFound); known != (m != nil) {
		return fmt.Errorf("%s is answered %s", name, kind)
	}
	if m != nil && !slices.Contains(m.errors, kind) {
		return fmt.Errorf("%s is not among the errors of %s: %s", kind, name, strings.Join(m.errors, " "))
	}
	return nil
}
