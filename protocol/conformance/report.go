package conformance

import (
	"fmt"
	"io"
	"strings"
)

// Status is what came of a case.
type Status string

const (
	Passed    Status = "passed"
	Failed    Status = "failed"
	NotTested Status = "not tested"
)

// Outcome is what came of one case.
type Outcome struct {
	Case   Case
	Status Status
	// Reason is why the case failed or was not tested. It begins with the file
	// and line of a step that failed.
	Reason string
	// Transcript is what was sent and received, one line for each frame, long
	// ones shortened.
	Transcript string
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

// Print writes the cases that did not pass, failed ones with their transcript,
// then a line that counts: "212 passed, 0 failed, 1 not tested". Verbose also
// names those that passed.
func (r Report) Print(w io.Writer, verbose bool) error {
	var b strings.Builder
	for _, o := range r {
		if o.Status != Passed || verbose {
			b.WriteString(o.String())
		}
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d not tested\n", r.Count(Passed), r.Count(Failed), r.Count(NotTested))
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the outcome in lines, each ended.
func (o Outcome) String() string {
	text := fmt.Sprintf("%s %s\n", o.Status, o.Case.Name)
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

// transcript is the story of a case, in lines.
type transcript struct{ strings.Builder }

func (t *transcript) note(line string) { t.WriteString(line + "\n") }

func (t *transcript) frame(direction, frame string) {
	t.note(direction + strings.ToValidUTF8(shorten(frame), "\uFFFD"))
}

// shorten keeps the two ends of a long text.
func shorten(text string) string {
	const keep = 400
	if len(text) <= 2*keep {
		return text
	}
	return fmt.Sprintf("%s … %d bytes … %s", text[:keep], len(text)-2*keep, text[len(text)-keep:])
}
