package conformance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The steps about many frames, slow readers and time.
const (
	SendMany   Op = ">*"      // send Text Count times, each as a frame of its own
	ExpectMany Op = "<+"      // the next frame matches Text, and so do those after it, up to the first that does not
	Again      Op = "<~"      // while the next frame matches Text, send once more what was sent last
	ExpectPing Op = "< ping"  // the server pings, while nothing else comes
	Slow       Op = "! slow"  // open the connection with so little room that what is not read waits at the server
	Pause      Op = "pause"   // leave all connections alone for Within
	Require    Op = "require" // the case is tested only where Text holds: "A < B" or "A = B"
)

// slowRoom is the room at this end of a connection that is slow, in bytes. With much
// less the reading would crawl when it goes on: on a loopback one packet has 64 KiB.
const slowRoom = 256 << 10

// untested is the error of a case that the server's settings do not allow to play.
type untested string

func (u untested) Error() string { return string(u) }

const (
	connForm = `([a-z][a-z0-9_]*(?:/[a-z0-9]+)?)`
	term     = `(?:[$A-Za-z0-9]+|\$\([^)]*\))`
	sumForm  = `(` + term + `(?: [+*/] ` + term + `)*)`
)

var (
	sendManyLine    = regexp.MustCompile(`^` + connForm + `>\*([1-9][0-9]*) (.+)$`)
	expectManyLine  = regexp.MustCompile(`^` + connForm + `<\+ (?:count ([A-Z][A-Za-z0-9]*): )?(.+)$`)
	againLine       = regexp.MustCompile(`^` + connForm + `<~ (.+)$`)
	expectPingLine  = regexp.MustCompile(`^` + connForm + `< ping within ` + sumForm + `$`)
	expectCloseLine = regexp.MustCompile(`^` + connForm + `< close ([0-9|]+) within ` + sumForm + `$`)
	slowLine        = regexp.MustCompile(`^` + connForm + `! slow$`)
	pauseLine       = regexp.MustCompile(`^pause ` + sumForm + `$`)
	requireLine     = regexp.MustCompile(`^require (\S.* [<=] .*\S)$`)
	restartLine     = regexp.MustCompile(`^restart(?: with (.+))?$`)
)

// parseFlow reads the lines of these steps, of those that wait and of restart. ok
// says whether the line is one.
func parseFlow(text string) (step Step, ok bool, err error) {
	if m := sendManyLine.FindStringSubmatch(text); m != nil {
		step = Step{Op: SendMany, Conn: m[1], Text: m[3]}
		step.Count, err = strconv.Atoi(m[2])
		return step, true, err
	}
	if m := expectManyLine.FindStringSubmatch(text); m != nil {
		return Step{Op: ExpectMany, Conn: m[1], Capture: m[2], Text: m[3]}, true, nil
	}
	if m := againLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Again, Conn: m[1], Text: m[2]}, true, nil
	}
	if m := expectPingLine.FindStringSubmatch(text); m != nil {
		return Step{Op: ExpectPing, Conn: m[1], Within: m[2]}, true, nil
	}
	if m := expectCloseLine.FindStringSubmatch(text); m != nil {
		codes, err := parseCodes(m[2])
		return Step{Op: ExpectClose, Conn: m[1], Codes: codes, Within: m[3]}, true, err
	}
	if m := slowLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Slow, Conn: m[1]}, true, nil
	}
	if m := pauseLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Pause, Within: m[1]}, true, nil
	}
	if step, ok := parseClock(text); ok {
		return step, true, nil
	}
	if m := requireLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Require, Text: m[1]}, true, nil
	}
	if m := restartLine.FindStringSubmatch(text); m != nil {
		return Step{Op: Restart, Texts: strings.Fields(m[1])}, true, nil
	}
	return Step{}, false, nil
}

// waits says whether the case waits for time to pass, and not for the server.
func (c Case) waits() bool {
	for _, s := range c.Steps {
		if s.Within != "" {
			return true
		}
	}
	return false
}

// numbered puts the number of a repetition into a text of SendMany.
func numbered(text string, i int) string {
	return strings.ReplaceAll(text, "$(i)", strconv.Itoa(i))
}

// flow plays a step that is not about a connection that is open. done says
// whether it was one.
func (p *player) flow(ctx context.Context, s Step) (done bool, err error) {
	switch s.Op {
	case Restart:
		return true, p.restart(ctx, s.Texts)
	case Require:
		return true, p.require(s.Text)
	case Clock:
		return true, p.mark(s.Text)
	case Check:
		return true, p.check(s.Text)
	case Pause:
		return true, p.pause(ctx, s.Within)
	}
	return false, nil
}

// milliseconds adds up what a step waits; beyond the patience of this run the
// case is not tested.
func (p *player) milliseconds(sum string) (time.Duration, error) {
	text, err := p.vars.expand(sum)
	if err != nil {
		return 0, err
	}
	ms, err := evaluate(text)
	if err != nil {
		return 0, fmt.Errorf("not a number of milliseconds: %w", err)
	}
	total := time.Duration(ms) * time.Millisecond
	if total > p.options.Patience {
		return 0, untested(fmt.Sprintf("it would wait for %v, and this run waits for %v at most: set the server's limits lower", total, p.options.Patience))
	}
	return total, nil
}

// pause waits, reading nothing: that is what a reader does that has stopped.
func (p *player) pause(ctx context.Context, sum string) error {
	d, err := p.milliseconds(sum)
	if err != nil {
		return err
	}
	p.transcript.note("pause " + d.String())
	return sleep(ctx, d)
}

// require compares two sums, or two texts.
func (p *player) require(text string) error {
	expanded, err := p.vars.expand(text)
	if err != nil {
		return err
	}
	left, right, numbers := strings.Cut(expanded, " < ")
	a, b, _ := strings.Cut(expanded, " = ")
	holds := a == b
	if numbers {
		a, errA := evaluate(left)
		b, errB := evaluate(right)
		if err := errors.Join(errA, errB); err != nil {
			return fmt.Errorf("require %s: %w", expanded, err)
		}
		holds = a < b
	}
	if holds {
		return nil
	}
	if expanded != text {
		expanded += ", for " + text
	}
	return untested("the server's settings do not allow it: " + expanded)
}
