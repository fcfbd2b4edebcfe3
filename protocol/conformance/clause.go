package conformance

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"asappchat/docs"
)

// A Clause is a numbered paragraph of the specification.
type Clause struct {
	Number string // "7.3" or "7.3.1"
	// Mark is why no case shows the clause: "client" when it binds clients
	// alone, "may" when it only permits, or else what keeps the kit from
	// examining it. Empty for the others.
	Mark string
	Text string // without the number and the mark, in one line
}

// Title is the first sentence of a clause, shortened to a line's length.
func (c Clause) Title() string {
	const length = 88
	title, _, _ := strings.Cut(c.Text, ". ")
	if runes := []rune(title); len(runes) > length {
		return strings.TrimRight(string(runes[:length-1]), " ,;:") + "…"
	}
	return strings.TrimRight(title, ".:")
}

// Clauses returns the clauses of the specification, in the order of the page.
func Clauses() []Clause { return slices.Clone(specification()) }

var specification = sync.OnceValue(func() []Clause { return parseClauses(docs.Protocol) })

var clauseForm = regexp.MustCompile(`(?m)^\*\*([0-9]+(?:\.[0-9]+){1,2})\*\*(?: \*\(([^)]+)\)\*)?((?:.|\n.)*)`)

// parseClauses reads a page: a clause begins with its number in bold, at the
// beginning of a line, may have a mark in brackets, and ends with an empty line.
func parseClauses(page string) []Clause {
	var clauses []Clause
	for _, m := range clauseForm.FindAllStringSubmatch(page, -1) {
		mark := strings.TrimPrefix(strings.Join(strings.Fields(m[2]), " "), "not examined: ")
		clauses = append(clauses, Clause{Number: m[1], Mark: mark, Text: strings.Join(strings.Fields(m[3]), " ")})
	}
	return clauses
}
