package main

import (
	"fmt"
	"reflect"
	"strings"

	"asappchat/protocol"
)

func pyMethods(p *page, c *contract) {
	names := []string{}
	for _, m := range c.methods {
		names = append(names, fmt.Sprintf("%q", m.Name))
	}
	p.line("\n\nMethodName: TypeAlias = %s", literalOf(names))
	p.line("\n\nclass MethodSpec(NamedTuple):")
	pyDoc(p, "    ", "What is known of a method without its types.")
	for _, f := range [][2]string{
		{"The params that go by position, in their order. They may go by name as well.", "positional: tuple[str, ...]"},
		{"The params that go by name only.", "named: tuple[str, ...]"},
		{"It changes something that is remembered. The others are queries, which may be repeated freely.", "command: bool"},
		{"It may be called before login.", "open: bool"},
		{"The kinds of error that it may be answered with.", "errors: tuple[ErrorKind, ...]"},
	} {
		p.line("\n    #: %s\n    %s", f[0], f[1])
	}
	p.line("\n\nMETHODS: Final[dict[MethodName, MethodSpec]] = {")
	for _, m := range c.methods {
		positional, named := m.paramNames()
		p.line("    %q: MethodSpec(", m.Name)
		p.line("        positional=%s,", pyTuple(positional))
		p.line("        named=%s,", pyTuple(named))
		p.line("        command=%s,", pyBool(m.Command))
		p.line("        open=%s,", pyBool(m.Open))
		p.line("        errors=%s,", pyTuple(m.Errors))
		p.line("    ),")
	}
	p.line("}")
}

func pyTuple[S ~string](items []S) string {
	var b strings.Builder
	for _, s := range items {
		fmt.Fprintf(&b, "%q, ", s)
	}
	if len(items) == 1 {
		return "(" + strings.TrimRight(b.String(), " ") + ")"
	}
	return "(" + strings.TrimRight(b.String(), ", ") + ")"
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func pyEvents(p *page, c *contract) {
	names := []string{}
	for _, e := range c.events {
		names = append(names, fmt.Sprintf("%q", e.Name))
	}
	p.line("\nEventName: TypeAlias = %s", literalOf(names))
	for _, e := range c.events {
		p.line("\n\nclass %s(TypedDict):", eventClass(e))
		pyDoc(p, "    ", e.comment.text)
		p.line("\n    method: Literal[%q]\n    params: %s", e.Name, e.params)
	}
	classes := []string{}
	for _, e := range c.events {
		classes = append(classes, eventClass(e))
	}
	p.line("\n")
	p.comment("#: ", "A notification of the server that these types know. There may be others: ignore them.")
	p.line("ChatEvent: TypeAlias = (\n    %s\n)", strings.Join(classes, "\n    | "))
	for _, set := range []struct {
		name, about string
		has         func(*event) bool
	}{
		{"DURABLE_EVENTS", "Those that have a place in the log and a cursor, and come through a subscription, live or later.",
			func(e *event) bool { return e.Durable }},
		{"EPHEMERAL_EVENTS", "Those that come through a subscription at once or never.",
			func(e *event) bool { return e.Ephemeral }},
	} {
		of := []string{}
		for _, e := range c.events {
			if set.has(e) {
				of = append(of, fmt.Sprintf("%q", e.Name))
			}
		}
		p.line("")
		p.comment("#: ", set.about)
		p.line("%s: Final[frozenset[EventName]] = frozenset({%s})", set.name, strings.Join(of, ", "))
	}
}

// eventClass names the whole notification: OnMessageUpdated.
func eventClass(e *event) string {
	name := "On"
	for word := range strings.SplitSeq(e.Name, "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

func pyErrors(p *page, c *contract) {
	p.line("\n\nclass KindSpec(NamedTuple):")
	pyDoc(p, "    ", "What follows from a kind of error.")
	p.line("\n    #: The code in the error of an answer; two kinds may share one.\n    code: int")
	p.line("\n    #: The same request may succeed when it is repeated.\n    retryable: bool")
	p.line("\n\nERROR_KINDS: Final[dict[ErrorKind, KindSpec]] = {")
	for _, k := range protocol.Kinds() {
		p.line("    %q: KindSpec(%d, %s),", k, k.Code(), pyBool(k.Retryable()))
	}
	p.line("}\n\n\nclass CloseCode:")
	pyDoc(p, "    ", c.types["CloseCode"].comment.text)
	for _, v := range c.closeCodes() {
		p.line("")
		p.comment("    #: ", sentence(v.comment.text))
		p.line("    %s: Final = %s", strings.ToUpper(snake(v.name, "Close")), v.literal)
	}
	p.line("\n")
	p.comment("#: ", "The limits of a server that was not told otherwise. Those of a server are in server_info and in the answer to login.")
	p.line("DEFAULT_LIMITS: Final[Limits] = {")
	limits := reflect.ValueOf(protocol.DefaultLimits())
	for i, f := range c.types["Limits"].fields {
		p.line("    %q: %d,", f.name, limits.Field(i).Int())
	}
	p.line("}")
}
