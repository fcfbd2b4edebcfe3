package clientkit

import (
	"fmt"
	"slices"
)

// sight is what an application saw in a run, as text that can be compared.
type sight struct {
	answers []string
	events  []string
	home    string // in the end
}

func (s sight) lines() []string { return append(slices.Concat(s.answers, s.events), s.home) }

// against words the first difference between what was seen and what should have
// been.
func (s sight) against(want sight) error {
	seen, due := s.lines(), want.lines()
	for i := range max(len(seen), len(due)) {
		if got, want := lineOf(seen, i), lineOf(due, i); got != want {
			return fmt.Errorf("the application saw\n        %s\n    where it should have seen\n        %s", got, want)
		}
	}
	return nil
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing more"
}

// missing is what is seen with a reset in place of the events of a turn; of none
// when it is 0.
func (s sight) missing(turn int) sight {
	if turn == 0 {
		return s
	}
	told := 0
	for _, t := range conversation()[:turn] {
		told += t.events
	}
	after := told + conversation()[turn].events
	s.events = slices.Concat(s.events[:told], []string{"event reset {}"}, s.events[after:])
	return s
}
