package main

import (
	"maps"
	"slices"

	"asappchat/protocol"
)

// A contract is the protocol as it is declared.
type contract struct {
	types    map[string]*typ
	methods  []*method // in the order of their names
	events   []*event  // in the order of their declaration
	examples *examples
}

// A typ is a named type.
type typ struct {
	name    string
	comment comment
	fields  []*field // of a struct
	values  []value  // of a type with constants, in their order
	base    ref      // of any other
	strukt  bool
	embeds  []*typ // whose fields come before its own
}

// A field is a member of a struct.
type field struct {
	name     string // on the wire
	comment  comment
	typ      ref
	optional bool
	filled   bool // as [protocol.Param] has it
}

// A value is a constant of a type.
type value struct {
	name    string // in Go
	literal string // as Go writes it, which is as JSON does
	comment comment
}

// A ref is what stands for a type: its name, which is that of a typ or one of
// string, int, bool and object, or the elements of an array.
type ref struct {
	name  string
	array bool
}

// A comment is what a declaration says: a text in paragraphs, and an addition
// to the JSON schema.
type comment struct {
	text   string
	schema string
}

type method struct {
	*protocol.Spec
	comment        comment
	params, result string // names of types
}

type event struct {
	*protocol.EventSpec
	comment comment
	params  string // the name of a type
}

// reachable returns the types that stand on the wire, sorted by name: those of
// methods, events and errors, and all that they are made of.
func (c *contract) reachable() []*typ {
	found := map[string]*typ{}
	var visit func(name string)
	visit = func(name string) {
		t := c.types[name]
		if t == nil || found[name] != nil {
			return
		}
		found[name] = t
		visit(t.base.name)
		for _, f := range t.fields {
			visit(f.typ.name)
		}
	}
	for _, m := range c.methods {
		visit(m.params)
		visit(m.result)
	}
	for _, e := range c.events {
		visit(e.params)
	}
	visit(errorObject)
	return slices.SortedFunc(maps.Values(found), func(a, b *typ) int { return compareFold(a.name, b.name) })
}

// closeCodes are the values of the one type that is in no frame.
func (c *contract) closeCodes() []value { return c.types["CloseCode"].values }
