package conformance

import (
	"fmt"
	"strings"
)

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
