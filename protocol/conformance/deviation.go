package conformance

import (
	"fmt"
	"path"
	"strings"
)

// A Deviation is a case that a server is known to fail, and why that is as it
// is.
type Deviation struct {
	// Case is the name of a case, or what [Options].Filter takes for several.
	Case   string
	Reason string
}

// ParseDeviations reads a file of known deviations: a line for each, the case
// and then the reason. Lines that begin with # are comments. An error begins
// with "line N: ".
func ParseDeviations(text string) ([]Deviation, error) {
	var all []Deviation
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		reason = strings.TrimSpace(reason)
		if reason == "" {
			return nil, fmt.Errorf("line %d: %s needs a reason behind it", i+1, name)
		}
		if _, err := path.Match(name, ""); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", i+1, name, err)
		}
		all = append(all, Deviation{name, reason})
	}
	return all, nil
}

// excuse makes known deviations of the failed cases that are listed. A listed
// deviation of which every case passed is stale, which they tell.
func (r Report) excuse(known []Deviation) {
	for _, d := range known {
		var named []*Outcome
		seen := false
		for i := range r {
			if ok, _ := MatchName(d.Case, r[i].Case.Name); ok {
				named = append(named, &r[i])
				seen = seen || r[i].Status != Passed
			}
		}
		for _, o := range named {
			switch {
			case o.Status == Failed:
				o.Status, o.Known = Deviates, d.Reason
			case o.Status == Passed && !seen:
				o.Known = d.Reason
			}
		}
	}
}
