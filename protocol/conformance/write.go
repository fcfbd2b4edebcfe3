package conformance

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// WriteJSON writes the whole report as one JSON object: the clauses with the
// names of their cases, and the cases.
func (r Report) WriteJSON(w io.Writer) error {
	type clause struct {
		Clause string   `json:"clause"`
		Text   string   `json:"text,omitempty"`
		Status Status   `json:"status"`
		Cases  []string `json:"cases"`
	}
	type one struct {
		Name       string   `json:"name"`
		Sentence   string   `json:"sentence"`
		Clauses    []string `json:"clauses"`
		Status     Status   `json:"status"`
		Reason     string   `json:"reason,omitempty"`
		Known      string   `json:"known_deviation,omitempty"`
		Seconds    float64  `json:"seconds"`
		Transcript string   `json:"transcript,omitempty"`
	}
	var all struct {
		Clauses []clause `json:"clauses"`
		Cases   []one    `json:"cases"`
	}
	for _, c := range r.Clauses() {
		line := clause{c.Clause.Number, c.Clause.Text, c.Status, nil}
		for _, o := range c.Cases {
			line.Cases = append(line.Cases, o.Case.Name)
		}
		all.Clauses = append(all.Clauses, line)
	}
	for _, o := range r {
		line := one{o.Case.Name, o.Case.Sentence, o.Case.Clauses, o.Status, o.Reason, o.Known, o.Took.Seconds(), ""}
		if o.Status == Failed || o.Status == Deviates {
			line.Transcript = o.Transcript
		}
		all.Cases = append(all.Cases, line)
	}
	return json.MarshalWrite(w, all, jsontext.AllowInvalidUTF8(true), jsontext.WithIndent("  "))
}

// The elements of a JUnit report that continuous integration servers read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    string     `xml:"time,attr"`
		Failure *junitText `xml:"failure"`
		Skipped *junitText `xml:"skipped"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: a suite for each file of cases.
// What deviates or was not tested is skipped, with the reason.
func (r Report) WriteJUnit(w io.Writer) error {
	var all junitSuites
	for _, o := range r {
		name := stem(o.Case.File)
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != name {
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		all.Suites[len(all.Suites)-1].add(o)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	return e.Encode(all)
}

func (s *junitSuite) add(o Outcome) {
	c := junitCase{Class: s.Name, Name: strings.TrimPrefix(o.Case.Name, s.Name+"/"), Time: fmt.Sprintf("%.3f", o.Took.Round(time.Millisecond).Seconds())}
	s.Tests++
	switch o.Status {
	case Failed:
		s.Failures++
		clauses := strings.Join(o.Case.Clauses, ", ")
		c.Failure = &junitText{o.Reason, fmt.Sprintf("%s\nclause: %s\n%s", o.Case.Sentence, clauses, o.Transcript)}
	case Deviates:
		s.Skipped++
		c.Skipped = &junitText{Message: "known deviation: " + o.Known}
	case NotTested:
		s.Skipped++
		c.Skipped = &junitText{Message: o.Reason}
	}
	s.Cases = append(s.Cases, c)
}
