package protocol

import (
	"reflect"
	"slices"
	"strings"
)

// A Method is one operation of the protocol: its name on the wire, its params
// P and its result R. Only this package makes methods.
//
// P is a struct. Its fields are the params in the order in which they stand
// when given by position. A field whose JSON tag has omitzero is optional, any
// other is required. Of the words in its tag rpc, "named" says that it goes by
// name only, and "filled" that it is optional but, when given, not empty.
type Method[P, R any] struct{ *Spec }

// Spec is what is known of a method without its types.
type Spec struct {
	// Name is the method's name on the wire.
	Name string
	// Command says that the method changes the log. Commands of one
	// connection share commits; the other methods are queries, and run after
	// the commands before them have been committed.
	Command bool
	// Open says that the method may be called before login.
	Open bool
	// Params are the params in their positional order.
	Params []Param
	// Errors are the kinds of error that the method may be answered with, in
	// the order of their declaration.
	Errors []Kind
}

// Param is one param of a method.
type Param struct {
	Name string
	// Named says that the param goes by name only, never by position.
	Named    bool
	Required bool
	// Filled says that an optional param, when given, is not empty.
	Filled bool
	field  int
}

// methods is the list of all declared methods, in the order of their
// declaration. It is complete when the package is initialised.
var methods []*Spec

// Methods returns every method of the protocol, sorted by name.
func Methods() []*Spec {
	all := slices.Clone(methods)
	slices.SortFunc(all, func(a, b *Spec) int { return strings.Compare(a.Name, b.Name) })
	return all
}

type option func(*Spec)

func open(s *Spec) { s.Open = true }

func asCommand(s *Spec) { s.Command = true }

// fails names the kinds of error that a method may be answered with beyond
// those of every method, and of every command.
func fails(kinds ...Kind) option {
	return func(s *Spec) { s.Errors = append(s.Errors, kinds...) }
}

func query[P, R any](name string, options ...option) Method[P, R] {
	spec := &Spec{Name: name, Params: paramsOf(reflect.TypeFor[P]())}
	for _, o := range options {
		o(spec)
	}
	spec.Errors = spec.allErrors()
	methods = append(methods, spec)
	return Method[P, R]{spec}
}

func command[P, R any](name string, options ...option) Method[P, R] {
	return query[P, R](name, append(options, asCommand)...)
}

// allErrors adds to the kinds that the method names those that others share
// with it. TooLarge is of every method: in a batch, the answers may be.
func (s *Spec) allErrors() []Kind {
	all := append(s.Errors, InvalidParams, Internal, TooLarge, Unavailable, Draining)
	if !s.Open {
		all = append(all, Unauthenticated)
	}
	if s.Command {
		all = append(all, UnknownOutcome, StorageFull)
	}
	slices.SortFunc(all, func(a, b Kind) int { return a.place() - b.place() })
	return slices.Compact(all)
}

func paramsOf(t reflect.Type) []Param {
	params := make([]Param, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		params = append(params, Param{
			Name:     name,
			Named:    strings.Contains(f.Tag.Get("rpc"), "named"),
			Filled:   strings.Contains(f.Tag.Get("rpc"), "filled"),
			Required: !strings.Contains(rest, "omitzero"),
			field:    i,
		})
	}
	return params
}

// Empty is the params of a method that takes none and the result of one that
// answers nothing but that it succeeded. It is {} on the wire.
type Empty struct{}
