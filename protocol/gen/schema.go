package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// A schema is one of JSON Schema, draft 7, as OpenRPC 1.4 wants it. In that
// draft $ref stands alone, so what is to be said beside it goes around an allOf
// or anyOf.

// A limit in a schema is the name of one of the limits of a server, right
// before the keyword that has its value, so that a running server can put its
// own there (asappchat/protocol/openrpc).
const limitKeyword = "x-limit"

// schemaOf is the schema of a named type. The params of a method are strict,
// everything else is open.
func (c *contract) schemaOf(t *typ, strict bool) (object, error) {
	if !t.strukt {
		return c.scalarSchema(t)
	}
	s := obj("title", c.title(t), "description", t.about(), "type", "object")
	var properties object
	required := []string{}
	for _, f := range t.fields {
		schema, err := c.fieldSchema(f, strict)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.name, f.name, err)
		}
		properties = append(properties, member{f.name, schema})
		if !f.optional {
			required = append(required, f.name)
		}
	}
	if len(properties) > 0 {
		s = append(s, member{"properties", properties})
	}
	if len(required) > 0 {
		s = append(s, member{"required", required})
	}
	if strict {
		s = append(s, member{"additionalProperties", false})
	}
	return s, nil
}

// title is the name of a type, made different from that of a method:
// generators of clients name a type after each of both.
func (c *contract) title(t *typ) string {
	if slices.ContainsFunc(c.methods, func(m *method) bool { return m.Name == strings.ToLower(t.name) }) {
		return t.name + "Object"
	}
	return t.name
}

// scalarSchema is the schema of a named type that is no struct.
func (c *contract) scalarSchema(t *typ) (object, error) {
	s := obj("title", c.title(t), "description", t.about())
	if len(t.values) > 0 {
		return append(s, member{"type", "string"}, member{"enum", rawOf(t.literals())}), nil
	}
	bounds, err := c.bounds(t.comment, t.base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	if !bounds.has("type") {
		s = append(s, member{"type", jsonType(t.base)})
	}
	return append(s, bounds...), nil
}

// fieldSchema is the schema of a member. In params an optional one may be null,
// which stands for absence.
func (c *contract) fieldSchema(f *field, strict bool) (object, error) {
	about := said(sentence(f.comment.text))
	bounds, err := c.bounds(f.comment, f.typ)
	if err != nil {
		return nil, err
	}
	null := strict && f.optional
	named := c.types[f.typ.name]
	if named != nil && !f.typ.array && !bounds.has("enum") {
		if err := c.refuseEmpty(f, named, strict); err != nil {
			return nil, err
		}
		reference := obj("$ref", "#/components/schemas/"+named.name)
		switch {
		case null:
			return obj("description", about, "anyOf", []object{reference, absence(c.mayBeEmpty(f, named))}), nil
		case about != nil:
			return obj("description", about, "allOf", []object{reference}), nil
		}
		return reference, nil
	}
	s := obj("type", jsonType(f.typ))
	if f.typ.array {
		items := obj("type", jsonType(ref{name: f.typ.name}))
		if named != nil {
			items = obj("$ref", "#/components/schemas/"+named.name)
		}
		s = append(s, member{"items", items})
	}
	if strict && f.typ.name == "string" && !f.typ.array && (!f.optional || f.filled) && !bounds.has("minLength") {
		s = append(s, member{"minLength", 1})
	}
	s = append(s, bounds...)
	if null {
		return obj("description", about, "anyOf", []object{s, absence(false)}), nil
	}
	return append(obj("description", about), s...), nil
}

// absence is what stands for an absent param: null, and for some "" too.
func absence(empty bool) object {
	if empty {
		return obj("enum", []any{"", nil})
	}
	return obj("type", "null")
}

// mayBeEmpty says whether an optional param takes "" for absence although its
// type refuses it.
func (c *contract) mayBeEmpty(f *field, named *typ) bool {
	return c.refusesEmpty(named) && !f.filled && c.isString(named)
}

// refuseEmpty is the error that a param which may not be empty has a type that
// may.
func (c *contract) refuseEmpty(f *field, named *typ, strict bool) error {
	if strict && c.isString(named) && (!f.optional || f.filled) && !c.refusesEmpty(named) {
		return fmt.Errorf("the schema of %s takes an empty string: it needs minLength", named.name)
	}
	return nil
}

func (c *contract) isString(t *typ) bool { return len(t.values) > 0 || t.base.name == "string" }

func (c *contract) refusesEmpty(t *typ) bool {
	bounds, err := c.bounds(t.comment, t.base)
	return err == nil && bounds.has("minLength", "pattern") || len(t.values) > 0
}

// bounds reads the addition to the schema that a comment holds, and gives a
// limit its keyword and its default.
func (c *contract) bounds(about comment, r ref) (object, error) {
	if about.schema == "" {
		return nil, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal([]byte(about.schema), &members); err != nil {
		return nil, fmt.Errorf("openrpc:schema %s: %w", about.schema, err)
	}
	var s object
	for _, name := range []string{"type", "format", "enum", "required", "pattern", "minimum", "minLength", "maxLength"} {
		if v, ok := members[name]; ok {
			s = append(s, member{name, v})
			delete(members, name)
		}
	}
	if limit, ok := members[limitKeyword]; ok {
		value, err := defaultLimit(limit)
		if err != nil {
			return nil, err
		}
		s = append(s, member{limitKeyword, limit}, member{c.limitedBy(r), value})
		delete(members, limitKeyword)
	}
	if len(members) > 0 {
		return nil, fmt.Errorf("openrpc:schema %s: gen does not know all of it", about.schema)
	}
	return s, nil
}

// limitedBy is the keyword that bounds a type from above.
func (c *contract) limitedBy(r ref) string {
	switch {
	case r.array:
		return "maxItems"
	case jsonType(r) == "integer":
		return "maximum"
	}
	return "maxLength"
}

func defaultLimit(name jsontext.Value) (any, error) {
	defaults, err := json.Marshal(protocol.DefaultLimits())
	if err != nil {
		return nil, err
	}
	var limits map[string]int
	if err := json.Unmarshal(defaults, &limits); err != nil {
		return nil, err
	}
	var limit string
	if err := json.Unmarshal(name, &limit); err != nil {
		return nil, err
	}
	if value, ok := limits[limit]; ok {
		return value, nil
	}
	return nil, fmt.Errorf("no limit %q", limit)
}

func jsonType(r ref) string {
	if r.array {
		return "array"
	}
	switch r.name {
	case "int":
		return "integer"
	case "bool":
		return "boolean"
	case "object":
		return "object"
	}
	return "string"
}

// rawOf makes JSON of literals.
func rawOf(literals []string) []jsontext.Value {
	var all []jsontext.Value
	for _, l := range literals {
		all = append(all, jsontext.Value(l))
	}
	return all
}
