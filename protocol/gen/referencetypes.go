package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

func refNotifications(p *page, c *contract) {
	p.line("\n## Notifications\n")
	p.line("What the server sends unasked. *Durable* ones have a place in the log and a cursor, and come through a subscription, live or")
	p.line("later. *Ephemeral* ones come through a subscription at once or never. The others come on any connection. There may be more:")
	p.line("ignore what you do not know.")
	for _, e := range c.events {
		p.line("\n<a id=\"notification-%s\"></a>\n### `%s`\n", slug(e.Name), e.Name)
		switch {
		case e.Durable:
			p.line("*durable*\n")
		case e.Ephemeral:
			p.line("*ephemeral*\n")
		}
		p.comment("", e.comment.text+"\n")
		p.line("Params: %s.", c.typeLink(ref{name: e.params}))
		for i, x := range c.examples.Events[e.Name] {
			if text, err := frame(obj("jsonrpc", "2.0", "method", e.Name, "params", raw(x.Params))); err == nil && i == 0 {
				p.line("\n```\n< %s\n```", text)
			}
		}
	}
}

func refTypes(p *page, c *contract) {
	p.line("\n## Types\n")
	p.line("`?` marks a member that may be absent. There may be more members: ignore those that you do not know. The types of params")
	p.line("stand with the methods, and take no others.")
	strict := c.paramTypes()
	for _, t := range c.reachable() {
		if strict[t.name] {
			continue
		}
		p.line("\n<a id=\"type-%s\"></a>\n### %s\n", slug(t.name), t.name)
		p.comment("", t.about())
		if len(t.fields) > 0 {
			p.line("\n| member | type | |\n|---|---|---|")
			for _, f := range t.fields {
				p.line("%s", c.row(f))
			}
			continue
		}
		if bounds := strings.TrimSpace(c.boundsText(t.comment, t.base)); bounds != "" {
			p.line("\n%s", bounds)
		}
	}
}

// boundsText says what a schema adds to a type.
func (c *contract) boundsText(about comment, r ref) string {
	bounds, err := c.bounds(about, r)
	if err != nil || len(bounds) == 0 {
		return ""
	}
	var all []string
	for _, b := range bounds {
		if slices.Contains([]string{"pattern", "minimum", "maximum", "minLength", "maxLength", "maxItems", "enum"}, b.name) {
			all = append(all, fmt.Sprintf("`%s` %s", b.name, code(b.value)))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

func code(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return "`" + strings.Trim(string(text), `"`) + "`"
}

// typeLink names a type, and leads to it when it is one of ours.
func (c *contract) typeLink(r ref) string {
	name := r.name
	if c.types[name] != nil {
		name = fmt.Sprintf("[%s](#type-%s)", name, slug(name))
	}
	if r.array {
		return "array of " + name
	}
	return name
}

// cell is a text as it may stand in a cell of a table.
func cell(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "\n\n", " "), "|", `\|`))
}

func slug(name string) string { return strings.ToLower(strings.ReplaceAll(name, ".", "-")) }

func refErrors(p *page, c *contract) {
	p.line("\n## Errors\n")
	p.line("An error is an [ErrorObject](#type-errorobject). Programs decide by `data.kind`, and fall back on `code` for a kind that they do")
	p.line("not know.\n")
	p.line("| code | kind | | retryable |\n|---|---|---|---|")
	for _, k := range protocol.Kinds() {
		p.line("| %d | `%s` | %s | %s |", k.Code(), k, cell(c.aboutKind(k)), yes(k.Retryable()))
	}
	p.line("\n## Close codes\n")
	p.comment("", c.types["CloseCode"].comment.text+"\n")
	p.line("| code | name | |\n|---|---|---|")
	for _, v := range c.closeCodes() {
		p.line("| %s | `%s` | %s |", v.literal, snake(v.name, "Close"), cell(v.comment.text))
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func refLimits(p *page, c *contract) {
	p.line("\n## Limits\n")
	p.comment("", c.types["Limits"].comment.text+"\n")
	p.line("| name | default | |\n|---|---|---|")
	limits := reflect.ValueOf(protocol.DefaultLimits())
	for i, f := range c.types["Limits"].fields {
		p.line("| `%s` | %d | %s |", f.name, limits.Field(i).Int(), cell(f.comment.text))
	}
}
