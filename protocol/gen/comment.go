package main

import (
	"go/ast"
	"slices"
	"strings"
)

// directive begins a line of a comment that is an addition to the JSON schema.
const directive = "//openrpc:schema "

func commentOf(group *ast.CommentGroup) comment {
	if group == nil {
		return comment{}
	}
	c := comment{text: paragraphs(group.Text())}
	if i := slices.IndexFunc(group.List, func(l *ast.Comment) bool { return strings.HasPrefix(l.Text, directive) }); i >= 0 {
		c.schema = strings.TrimPrefix(group.List[i].Text, directive)
	}
	return c
}

// paragraphs makes each paragraph one line.
func paragraphs(text string) string {
	var all []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		all = append(all, strings.Join(strings.Fields(paragraph), " "))
	}
	return strings.Join(all, "\n\n")
}

// sentence makes what stood behind a name begin as a sentence does.
func (c comment) sentence() comment {
	if c.text != "" {
		c.text = strings.ToUpper(c.text[:1]) + c.text[1:]
	}
	return c
}
