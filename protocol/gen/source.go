package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"asappchat/protocol"
)

// errorObject is the name of the error member of an answer. It is the one type
// of the wire that package protocol declares in another form.
const errorObject = "ErrorObject"

// renamed gives types the names that they have outside of Go, where no package
// says whose they are.
var renamed = map[string]string{"Kind": "ErrorKind"}

// A source is what gathers declarations, file by file.
type source struct {
	*contract
	methods map[string]*method
	events  map[string]*event
}

// read reads the declarations in a folder with the sources of package
// protocol.
func read(dir string) (*contract, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	s := source{&contract{types: map[string]*typ{}}, map[string]*method{}, map[string]*event{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		if err := s.file(file); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s.types[errorObject] = errorType()
	if s.examples, err = readExamples(filepath.Join(dir, "gen", "examples.json")); err != nil {
		return nil, err
	}
	return s.contract, s.bind()
}

// bind puts the declarations of methods and events beside what the package
// knows of them when it runs.
func (s source) bind() error {
	for _, spec := range protocol.Methods() {
		m := s.methods[spec.Name]
		if m == nil || m.comment.text == "" {
			return fmt.Errorf("method %s has no declaration with a comment", spec.Name)
		}
		m.Spec = spec
		s.contract.methods = append(s.contract.methods, m)
	}
	for _, spec := range protocol.Events() {
		e := s.events[spec.Name]
		if e == nil || e.comment.text == "" {
			return fmt.Errorf("event %s has no declaration with a comment", spec.Name)
		}
		e.EventSpec = spec
		s.contract.events = append(s.contract.events, e)
	}
	for _, t := range s.types {
		for _, e := range t.embeds {
			t.fields = slices.Concat(e.fields, t.fields)
		}
	}
	for _, t := range s.reachable() {
		if t.comment.text == "" {
			return fmt.Errorf("type %s has no comment", t.name)
		}
	}
	return nil
}

func (s source) file(file *ast.File) error {
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			if err := s.spec(decl, spec); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s source) spec(decl *ast.GenDecl, spec ast.Spec) error {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return s.typeSpec(spec, decl.Doc)
	case *ast.ValueSpec:
		switch decl.Tok {
		case token.CONST:
			s.constant(spec)
		case token.VAR:
			s.variable(spec, cmp.Or(spec.Doc, decl.Doc))
		}
	}
	return nil
}

// typeOf returns the type with a name in Go, which may be declared behind its
// constants.
func (s source) typeOf(name string) *typ {
	name = cmp.Or(renamed[name], name)
	if s.types[name] == nil {
		s.types[name] = &typ{name: name}
	}
	return s.types[name]
}

func (s source) typeSpec(spec *ast.TypeSpec, doc *ast.CommentGroup) error {
	t := s.typeOf(spec.Name.Name)
	t.comment = commentOf(cmp.Or(spec.Doc, doc))
	if rest, ok := strings.CutPrefix(t.comment.text, spec.Name.Name+" "); ok {
		t.comment.text = t.name + " " + rest
	}
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		t.base, _ = refOf(spec.Type) // what is none is on no wire
		return nil
	}
	t.strukt = true
	for _, f := range structure.Fields.List {
		if embedded, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 {
			t.embeds = append(t.embeds, s.typeOf(embedded.Name))
			continue
		}
		if f.Tag == nil || len(f.Names) == 0 {
			continue // not of the wire
		}
		member, err := fieldOf(f)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.name, f.Names[0].Name, err)
		}
		t.fields = append(t.fields, member)
	}
	return nil
}

func fieldOf(f *ast.Field) (*field, error) {
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return nil, err
	}
	r, err := refOf(f.Type)
	if err != nil {
		return nil, err
	}
	name, rest, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	return &field{
		name:     name,
		comment:  commentOf(cmp.Or(f.Doc, f.Comment)),
		typ:      r,
		optional: strings.Contains(rest, "omitzero"),
		filled:   strings.Contains(reflect.StructTag(tag).Get("rpc"), "filled"),
	}, nil
}

// refOf reads a type where it is used. A pointer is a value that may be absent,
// which the tag of its field says.
func refOf(expr ast.Expr) (ref, error) {
	switch e := expr.(type) {
	case *ast.Ident:
		if e.Name == "int64" {
			return ref{name: "int"}, nil
		}
		return ref{name: cmp.Or(renamed[e.Name], e.Name)}, nil
	case *ast.StarExpr:
		return refOf(e.X)
	case *ast.ArrayType:
		element, err := refOf(e.Elt)
		if element.array {
			err = fmt.Errorf("an array of arrays")
		}
		return ref{element.name, true}, err
	case *ast.SelectorExpr:
		if e.Sel.Name == "Value" { // of package jsontext: always an object, on this wire
			return ref{name: "object"}, nil
		}
	}
	return ref{}, fmt.Errorf("a type of which gen does not know what it is on the wire")
}

// constant reads a constant that has a type and a literal.
func (s source) constant(spec *ast.ValueSpec) {
	name, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
		t := s.typeOf(name.Name)
		t.values = append(t.values, value{spec.Names[0].Name, literal.Value, commentOf(cmp.Or(spec.Doc, spec.Comment))})
	}
}

// variable reads a method or an event: query[P, R]("name"), event[P]("name").
func (s source) variable(spec *ast.ValueSpec, doc *ast.CommentGroup) {
	if len(spec.Values) != 1 {
		return
	}
	call, ok := spec.Values[0].(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return
	}
	name, _ := strconv.Unquote(literal.Value)
	about := commentOf(doc)
	about.text = strings.TrimPrefix(about.text, spec.Names[0].Name+" ")
	switch f := call.Fun.(type) {
	case *ast.IndexListExpr:
		params, _ := refOf(f.Indices[0])
		result, _ := refOf(f.Indices[1])
		s.methods[name] = &method{comment: about.sentence(), params: params.name, result: result.name}
	case *ast.IndexExpr:
		params, _ := refOf(f.Index)
		s.events[name] = &event{comment: about.sentence(), params: params.name}
	}
}

// errorType is what stands in the error member of an answer.
func errorType() *typ {
	return &typ{name: errorObject, strukt: true, comment: comment{text: "An error, as an answer holds it."}, fields: []*field{
		{name: "code", typ: ref{name: "int"}, comment: comment{text: "Follows from the kind; two kinds may share one."}},
		{name: "message", typ: ref{name: "string"}, comment: comment{text: "For people; it may change at any time."}},
		{name: "data", typ: ref{name: "ErrorData"}},
	}}
}

func compareFold(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
