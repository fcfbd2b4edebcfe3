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
	stepLine  = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:/[a-z0-9]+)?)(<[*~]|[<>!=])\s*(.*)$`)
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
	if text == "restart" {
		return Step{Op: Restart}, nil
	}
	if m := loginLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Login, Conn: m[1]}, nil
	}
	m := stepLine.FindStringSubmatch(text)
	if m == nil {
		return Step{}, fmt.Errorf("not a step: %.60q", text)
	}
	conn, op, rest := m[1], m[2], m[3]
	word, argument, _ := strings.Cut(rest, " ")
	switch {
	case op == ">":
		return Step{Op: Send, Conn: conn, Text: rest}, nil
	case op == "<" && word == "close":
		codes, err := parseCodes(argument)
		return Step{Op: ExpectClose, Conn: conn, Codes: codes}, err
	case op == "<":
		return Step{Op: Expect, Conn: conn, Text: rest}, nil
	case op == "<~":
		return Step{Op: Again, Conn: conn, Text: rest}, nil
	case op == "<*":
		return Step{Op: ExpectAny, Conn: conn, Texts: []string{rest}}, nil
	case op == "!" && word == "binary":
		return Step{Op: SendBinary, Conn: conn, Text: argument}, nil
	case op == "!" && rest == "close":
		return Step{Op: Close, Conn: conn}, nil
	case op == "!" && rest == "drop":
		return Step{Op: Drop, Conn: conn}, nil
	case op == "=" && rest == "silent":
		return Step{Op: Silent, Conn: conn}, nil
	}
	return Step{}, fmt.Errorf("unknown step %q", op+" "+rest)
}

// parseCodes reads close codes, as "1003" or "1003|1007".
func parseCodes(text string) ([]int, error) {
	var codes []int
	for c := range strings.SplitSeq(text, "|") {
		code, err := strconv.Atoi(c)
		if err != nil {
			return nil, fmt.Errorf("not a close code: %q", c)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// check refuses what would fail whenever it is played: a capture that no
// earlier step makes, a pattern that is not JSON, an unknown matcher. known
// are the captures so far; those of the step are added.
func (s Step) check(known map[string]string) error {
	trial := variables{run: "run", captured: known}
	if _, err := trial.expand(s.Text); err != nil {
		return err
	}
	patterns := s.Texts
	if s.Op == Expect || s.Op == Again {
		patterns = []string{s.Text}
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
