package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A line is "connection operator text", or a word and a connection.
var (
	stepLine  = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:/[a-z0-9]+)?)(<\*|[<>!=])\s*(.*)$`)
	loginLine = regexp.MustCompile(`^login ([a-z][a-z0-9_]*(?:/[a-z0-9]+)?)$`)
)

// parseSteps reads the lines of one case, with $1, $2 … standing for the cells
// of its row, and checks all that can be known before it is played.
func parseSteps(file string, lines []line, row []string) ([]Step, error) {
	var steps []Step
	known := map[string]string{}
	for _, l := range lines {
		text, err := fillRow(l.text, row)
		if err != nil {
			return nil, errorAt(file, l.number, "%v", err)
		}
		step, err := parseStep(text)
		if err == nil {
			err = step.check(known)
		}
		if err != nil {
			return nil, errorAt(file, l.number, "%v", err)
		}
		step.Line = l.number
		if n := len(steps) - 1; n >= 0 && step.Op == ExpectAny && steps[n].Op == ExpectAny && steps[n].Conn == step.Conn {
			steps[n].Texts = append(steps[n].Texts, step.Texts...)
			continue
		}
		steps = append(steps, step)
	}
	return steps, nil
}

var cell = regexp.MustCompile(`\$[1-9]`)

// fillRow replaces $1, $2 … by the cells of a row.
func fillRow(text string, row []string) (string, error) {
	var err error
	return cell.ReplaceAllStringFunc(text, func(name string) string {
		i, _ := strconv.Atoi(name[1:])
		if i > len(row) {
			err = fmt.Errorf("%s: the row has %d cells", name, len(row))
			return ""
		}
		return row[i-1]
	}), err
}

func parseStep(text string) (Step, error) {
	if step, ok, err := parseFlow(text); ok {
		return step, err
	}
	if m := loginLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Login, Conn: m[1]}, nil
	}
	m := stepLine.FindStringSubmatch(text)
	if m == nil {
		return Step{}, fmt.Errorf("not a step: %.60q", text)
	}
	conn, op, rest := m[1], m[2], m[3]
	if op == ">" {
		return Step{Op: Send, Conn: conn, Text: rest}, nil
	}
	if op == "<*" {
		return Step{Op: ExpectAny, Conn: conn, Texts: []string{rest}}, nil
	}
	word, argument, _ := strings.Cut(rest, " ")
	step, known, err := parseWord(Op(op+" "+word), argument)
	switch {
	case !known && op == "<":
		step = Step{Op: Expect, Text: rest}
	case !known:
		return Step{}, fmt.Errorf("unknown step %q", op+" "+rest)
	}
	step.Conn = conn
	return step, err
}

// parseWord reads the steps that are named by a word.
func parseWord(op Op, argument string) (step Step, known bool, err error) {
	step = Step{Op: op, Text: argument}
	switch op {
	case ExpectClose, ExpectHTTP:
		step.Text = ""
		step.Codes, err = parseCodes(argument)
	case SendFrame, SendRaw:
		step.Form, step.Text, err = parseForm(argument, op == SendFrame)
	case "< times":
		step.Op = Expect
		step.Form, step.Text, err = parseForm("times "+argument, false)
	case With, Without, Request, ExpectHeader, ExpectPong:
	case Close, Drop, Silent:
		return step, argument == "", nil
	default:
		return step, false, nil
	}
	return step, true, err
}

// parseCodes reads close codes or HTTP statuses, as "1003" or "1003|1007".
func parseCodes(text string) ([]int, error) {
	var codes []int
	for c := range strings.SplitSeq(text, "|") {
		code, err := strconv.Atoi(c)
		if err != nil {
			return nil, fmt.Errorf("not a code: %q", c)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// check refuses what would fail whenever it is played: a capture that no
// earlier step makes, a pattern that is not JSON, an unknown matcher. known
// are the captures so far; those of the step are added.
func (s Step) check(known map[string]string) error {
	if s.Op == Clock {
		known[s.Text] = "0"
		return nil
	}
	if s.Capture != "" {
		known[s.Capture] = "0"
	}
	trial := variables{run: "run", host: "host", captured: known}
	if _, err := trial.expand(numbered(s.Text, 1)); err != nil {
		return err
	}
	if _, err := trial.expand(s.Within); err != nil {
		return err
	}
	patterns := s.Texts
	switch s.Op {
	case Expect, ExpectMany, Again:
		patterns = []string{s.Text}
	case Restart:
		patterns = nil
	}
	for _, p := range patterns {
		text, err := trial.expand(p)
		if err != nil {
			return err
		}
		if !jsontext.Value(text).IsValid() {
			return fmt.Errorf("the pattern is not JSON: %.200s", text)
		}
		if err := checkPattern([]byte(text), known); err != nil {
			return err
		}
	}
	return nil
}
