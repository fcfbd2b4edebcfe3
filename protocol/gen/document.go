package main

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// The version of the OpenRPC specification that the document is of.
const openRPC = "1.4.1"

const documentDescription = `Chat over JSON-RPC 2.0 on one websocket connection: one text message is one JSON-RPC message or one batch.

Params go by position, in the order in which they stand here, or by name; those marked x-named go by name only. A null stands for an absent param. Params are read strictly: one that a method does not know is refused. Results and notifications are open: ignore members and notifications that you do not know.

What OpenRPC 1.4 has no place for stands in members that begin with x-: x-discover is the method that answers this document, which is not among the others, since its name is no name in most languages; x-notifications is what the server sends unasked; x-errors the kinds of error of a method, and x-error-kinds what they mean; x-close-codes the status with which the server closes a connection; x-limits the limits of this server. A bound in a schema that follows from a limit stands behind x-limit, with the name of the limit. x-params is the schema of all params of a method together, by name.`

// document writes the OpenRPC document, as it is of a server that was not told
// otherwise.
func document(c *contract) ([]byte, error) {
	schemas, err := c.schemas()
	if err != nil {
		return nil, err
	}
	methods, err := c.methodObjects()
	if err != nil {
		return nil, err
	}
	notifications, err := c.notifications()
	if err != nil {
		return nil, err
	}
	return json.Marshal(obj(
		"openrpc", openRPC,
		"info", obj(
			"title", "asappchat",
			"description", documentDescription,
			"version", protocol.Version,
			"license", obj("name", "Apache-2.0"),
		),
		"methods", slices.DeleteFunc(slices.Clone(methods), isDiscover),
		"x-discover", methods[slices.IndexFunc(methods, isDiscover)],
		"x-notifications", notifications,
		"x-error-kinds", errorKinds(c),
		"x-close-codes", closeCodes(c),
		"x-limits", protocol.DefaultLimits(),
		"components", obj(
			"schemas", schemas,
			"errors", c.errorObjects(),
			"tags", tags,
		),
	), jsontext.WithIndent("  "), json.Deterministic(true))
}

// isDiscover says whether a method is the one that OpenRPC itself declares.
// Generators of clients make a function of each method, and stumble over its
// name.
func isDiscover(method object) bool { return method[0].value == protocol.Discover.Name }

var tags = obj(
	"open", obj("name", "open", "description", "May be called before login."),
	"command", obj("name", "command", "description", "Changes something that is remembered."),
	"query", obj("name", "query", "description", "Changes nothing that is remembered, and may be repeated freely."),
	"durable", obj("name", "durable", "description", "Has a place in the log and a cursor; comes through a subscription, live or later."),
	"ephemeral", obj("name", "ephemeral", "description", "Comes through a subscription, at once or never."),
)

func tag(name string) object { return obj("$ref", "#/components/tags/"+name) }

// schemas are those of all types of the wire. Those of params are strict.
func (c *contract) schemas() (object, error) {
	strict := c.paramTypes()
	var all object
	for _, t := range c.reachable() {
		s, err := c.schemaOf(t, strict[t.name])
		if err != nil {
			return nil, err
		}
		all = append(all, member{t.name, s})
	}
	return all, nil
}

// paramTypes are the types of params of methods that take any.
func (c *contract) paramTypes() map[string]bool {
	strict := map[string]bool{}
	for _, m := range c.methods {
		strict[m.params] = len(m.Params) > 0
	}
	return strict
}

func (c *contract) methodObjects() ([]object, error) {
	var all []object
	for _, m := range c.methods {
		params, err := c.contentDescriptors(c.types[m.params], m.Params)
		if err != nil {
			return nil, err
		}
		kind := "query"
		if m.Command {
			kind = "command"
		}
		marks := []object{tag(kind)}
		if m.Open {
			marks = append(marks, tag("open"))
		}
		all = append(all, obj(
			"name", m.Name,
			"summary", summary(m.comment.text),
			"description", more(m.comment.text),
			"tags", marks,
			"paramStructure", "either",
			"params", params,
			"result", obj("name", m.result, "schema", schemaRef(m.result)),
			"errors", m.errorRefs(),
			"x-errors", m.Errors,
			"x-params", m.paramsSchema(),
			"examples", c.examples.of(m),
		))
	}
	return all, nil
}

// paramsSchema is the schema of all params together.
func (m *method) paramsSchema() object {
	if len(m.Params) == 0 {
		return obj("type", "object", "additionalProperties", false)
	}
	return schemaRef(m.params)
}

func schemaRef(name string) object { return obj("$ref", "#/components/schemas/"+name) }

// contentDescriptors are the members of a type, one by one: in the order of
// params, or, without any, in that of the type.
func (c *contract) contentDescriptors(t *typ, params []protocol.Param) ([]object, error) {
	all := []object{}
	for i, f := range t.fields {
		schema, err := c.fieldSchema(f, params != nil)
		if err != nil {
			return nil, err
		}
		about := f.comment.text
		if named := c.types[f.typ.name]; about == "" && named != nil {
			about = named.comment.text
		}
		var byName any
		if params != nil && params[i].Named {
			byName = true
		}
		all = append(all, obj(
			"name", f.name,
			"description", said(sentence(about)),
			"required", !f.optional,
			"schema", withoutDescription(schema),
			"x-named", byName,
		))
	}
	return all, nil
}

func withoutDescription(s object) object {
	if len(s) == 2 && s[0].name == "description" && s[1].name == "allOf" {
		return s[1].value.([]object)[0]
	}
	return slices.DeleteFunc(slices.Clone(s), func(m member) bool { return m.name == "description" })
}

func (c *contract) notifications() ([]object, error) {
	var all []object
	for _, e := range c.events {
		params, err := c.contentDescriptors(c.types[e.params], nil)
		if err != nil {
			return nil, err
		}
		marks := []object{}
		if e.Durable {
			marks = append(marks, tag("durable"))
		}
		if e.Ephemeral {
			marks = append(marks, tag("ephemeral"))
		}
		all = append(all, obj(
			"name", e.Name,
			"summary", summary(e.comment.text),
			"description", more(e.comment.text),
			"tags", marks,
			"paramStructure", "by-name",
			"params", params,
			"x-params", schemaRef(e.params),
			"examples", c.examples.ofEvent(e),
		))
	}
	return all, nil
}

// more is a text, or nil when its summary says all of it.
func more(text string) any {
	if summary(text)+"." == text {
		return nil
	}
	return text
}

// summary is the first sentence of a text, without its end.
func summary(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	first, _, _ = strings.Cut(first, "\n")
	return strings.TrimSuffix(first, ".")
}
