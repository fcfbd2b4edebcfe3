package conformance

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The steps that measure. Both read the clock of the kit alone: what lies between a
// request and what it causes has taken no longer at the server, so a lower bound of
// time, and an upper bound of a rate, hold however slow the machine is.
const (
	Clock Op = "clock" // capture the time as Text
	Check Op = "check" // Text holds: "A <= B", two sums of products
)

var (
	clockLine = regexp.MustCompile(`^clock ([A-Z][A-Za-z0-9]*)$`)
	checkLine = regexp.MustCompile(`^check (\S.* <= .*\S)$`)
)

// started is what captures of time count from.
var started = time.Now()

func now() string { return strconv.FormatInt(time.Since(started).Milliseconds(), 10) }

// since returns the milliseconds that have passed since a capture of now, begun
// ones included.
func since(mark string) (string, error) {
	from, err := strconv.ParseInt(mark, 10, 64)
	return strconv.FormatInt(time.Since(started).Milliseconds()+1-from, 10), err
}

// smallest returns the smallest of some integers.
func smallest(numbers string) (string, error) {
	least := int64(math.MaxInt64)
	for n := range strings.FieldsSeq(numbers) {
		i, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return "", fmt.Errorf("min: not an integer: %s", n)
		}
		least = min(least, i)
	}
	return strconv.FormatInt(least, 10), nil
}

// evaluate adds up products of integers, from left to right: "2 * 3 / 4 + 5".
func evaluate(text string) (sum int64, err error) {
	for term := range strings.SplitSeq(text, " + ") {
		words := strings.Split("1 * "+term, " ")
		product := int64(1)
		for i := 1; i < len(words)-1; i += 2 {
			n, err := strconv.ParseInt(words[i+1], 10, 64)
			switch op := words[i]; {
			case err != nil || op == "/" && n == 0:
				return 0, fmt.Errorf("not an integer: %.40q", words[i+1])
			case op == "*":
				product *= n
			case op == "/":
				product /= n
			default:
				return 0, fmt.Errorf("not + * or /: %.40q", op)
			}
		}
		if len(words)%2 == 0 {
			return 0, fmt.Errorf("not a product: %.40q", term)
		}
		sum += product
	}
	return sum, nil
}

// parseClock reads the lines of these steps. ok says whether the line is one.
func parseClock(text string) (step Step, ok bool) {
	if m := clockLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Clock, Text: m[1]}, true
	}
	if m := checkLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Check, Text: m[1]}, true
	}
	return Step{}, false
}

// mark captures the time.
func (p *player) mark(name string) error {
	p.vars.captured[name] = now()
	p.transcript.note("clock " + name + " = " + p.vars.captured[name] + " ms")
	return nil
}

// check compares two sums.
func (p *player) check(text string) error {
	expanded, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	left, right, _ := strings.Cut(expanded, " <= ")
	a, err := evaluate(left)
	if err != nil {
		return fmt.Errorf("check %s: %w", text, err)
	}
	b, err := evaluate(right)
	if err != nil {
		return fmt.Errorf("check %s: %w", text, err)
	}
	if a > b {
		return fmt.Errorf("%d is more than %d: %s is not so, with %s", a, b, text, expanded)
	}
	p.transcript.note("check " + expanded)
	return nil
}
