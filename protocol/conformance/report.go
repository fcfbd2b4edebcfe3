package conformance

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Status is what came of a case, or of a clause.
type Status string

const (
	Passed    Status = "passed"
	Failed    Status = "failed"
	NotTested Status = "not tested"
	Deviates  Status = "deviates" // failed, as [Options].Deviations says
)

// Outcome is what came of one case.
type Outcome struct {
	Case   Case
	Status Status
	// Reason is why the case failed or was not tested. It begins with the file
	// and line of a step that failed.
	Reason string
	// Known is the reason of the deviation that names the case: of one that
	// deviates, and of one that passed though every case of it should fail.
	Known string
	// Transcript is what was sent and received, one line for each frame, long
	// ones shortened.
	Transcript string
	// Took is how long the case was played.
	Took time.Duration
}

// Report is the outcomes of all cases, in the order of the cases.
type Report []Outcome

// Count returns how many cases have a status.
func (r Report) Count(s Status) int {
	n := 0
	for _, o := range r {
		if o.Status == s {
			n++
		}
	}
	return n
}

// ClauseOutcome is what came of the cases that show a clause.
type ClauseOutcome struct {
	Clause Clause
	// Status is failed when a case failed, then deviates when one deviates,
	// then passed when one passed, or else not tested.
	Status Status
	Cases  []Outcome
}

// Clauses returns what came of each clause of which a case was chosen, in the
// order of the specification; those that it does not have come last.
func (r Report) Clauses() []ClauseOutcome {
	cases := map[string][]Outcome{}
	var numbers []string
	for _, o := range r {
		for _, n := range o.Case.Clauses {
			if cases[n] == nil {
				numbers = append(numbers, n)
			}
			cases[n] = append(cases[n], o)
		}
	}
	all := Clauses()
	for _, n := range numbers {
		if !slices.ContainsFunc(all, func(c Clause) bool { return c.Number == n }) {
			all = append(all, Clause{Number: n})
		}
	}
	var outcomes []ClauseOutcome
	for _, c := range all {
		if found := Report(cases[c.Number]); len(found) > 0 {
			outcomes = append(outcomes, ClauseOutcome{c, found.status(), found})
		}
	}
	return outcomes
}

func (r Report) status() Status {
	for _, s := range []Status{Failed, Deviates, Passed} {
		if r.Count(s) > 0 {
			return s
		}
	}
	return NotTested
}

// shortest returns the case with a status whose transcript is the shortest.
func (r Report) shortest(s Status) Outcome {
	with := slices.DeleteFunc(slices.Clone(r), func(o Outcome) bool { return o.Status != s })
	return slices.MinFunc(with, func(a, b Outcome) int { return cmp.Compare(len(a.Transcript), len(b.Transcript)) })
}

// Print writes a line for each clause, under one that failed its shortest
// transcript, under one that was not tested or deviates why; then what else did
// not pass, the cases without a clause among them, and in the end the counts of
// cases and, as the last line, of clauses. Verbose also names every case that
// passed.
func (r Report) Print(w io.Writer, verbose bool) error {
	p := printer{shown: map[string]bool{}, verbose: verbose}
	clauses := r.Clauses()
	for _, c := range clauses {
		p.clause(c)
	}
	for _, o := range r {
		p.rest(o)
	}
	status := func(n int, of string, count func(Status) int) {
		fmt.Fprintf(&p, "%d %s: %d passed, %d failed, %d known deviations, %d not tested\n",
			n, of, count(Passed), count(Failed), count(Deviates), count(NotTested))
	}
	status(len(r), "cases", r.Count)
	status(len(clauses), "clauses", func(s Status) int {
		n := 0
		for _, c := range clauses {
			if c.Status == s {
				n++
			}
		}
		return n
	})
	_, err := io.WriteString(w, p.String())
	return err
}

// printer writes a report.
type printer struct {
	strings.Builder
	shown   map[string]bool // cases
	verbose bool
}

func (p *printer) clause(c ClauseOutcome) {
	cases := Report(c.Cases)
	fmt.Fprintf(p, "%-10s  %-7s %s\n", c.Status, c.Clause.Number, c.Clause.Title())
	if c.Status == Passed {
		return
	}
	one := cases.shortest(c.Status)
	if n := cases.Count(c.Status); n > 1 {
		fmt.Fprintf(p, "    %d of %d cases; the shortest:\n", n, len(cases))
	}
	if p.shown[one.Case.Name] {
		fmt.Fprintf(p, "    %s (see above)\n", one.Case.Name)
		return
	}
	p.shown[one.Case.Name] = true
	p.WriteString(indent(one.String()))
}

// rest names a case that no clause has shown.
func (p *printer) rest(o Outcome) {
	switch {
	case o.Status == Passed && o.Known != "":
		fmt.Fprintf(p, "stale: %s passed, and is listed as a known deviation: %s\n", o.Case.Name, o.Known)
	case o.Status == Passed && !p.verbose, p.shown[o.Case.Name]:
	case o.Status == Failed && len(o.Case.Clauses) == 0:
		p.WriteString(o.String())
	case o.Status == Passed:
		fmt.Fprintf(p, "passed %s\n", o.Case.Name)
	default:
		fmt.Fprintf(p, "%s %s: %s\n", o.Status, o.Case.Name, cmp.Or(o.Known, o.Reason))
	}
}

func indent(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString("    " + l)
	}
	return b.String()
}

// String is the outcome in lines, each ended.
func (o Outcome) String() string {
	text := fmt.Sprintf("%s %s\n", o.Status, o.Case.Name)
	if o.Known != "" {
		text += fmt.Sprintf("    known: %s\n", o.Known)
	}
	if o.Reason != "" {
		text += fmt.Sprintf("    %s\n    %s\n", o.Case.Sentence, o.Reason)
	}
	if o.Status == Failed {
		for l := range strings.Lines(o.Transcript) {
			text += "    | " + l
		}
	}
	return text
}
