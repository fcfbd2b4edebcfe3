package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// match holds a frame against a pattern; both are valid JSON. It returns the
// captures with those of the pattern added, or an error that begins with the
// JSON pointer of the first difference.
//
// An object may have members that the pattern does not name. Arrays match
// element by element. Strings match when they are equal once unescaped,
// numbers when they are written alike or are the same integer, and a member
// called id when it is the same bytes.
func match(pattern, frame jsontext.Value, captured map[string]string) (map[string]string, error) {
	m := matching{maps.Clone(captured)}
	if err := m.value("", pattern, frame); err != nil {
		return captured, err
	}
	return m.captured, nil
}

type matching struct{ captured map[string]string }

func (m matching) value(at string, want, got jsontext.Value) error {
	if p, ok := placeholderOf(want); ok {
		return m.placeholder(at, p, got)
	}
	equal := false
	switch want.Kind() {
	case '{':
		if got.Kind() == '{' {
			return m.object(at, children(want), children(got))
		}
	case '[':
		if got.Kind() == '[' {
			return m.array(at, children(want), children(got))
		}
	case '"':
		equal = got.Kind() == '"' && unquote(want) == unquote(got)
	case '0':
		equal = bytes.Equal(want, got) || got.Kind() == '0' && sameInteger(want, got)
	default: // true, false and null are their kind
		equal = want.Kind() == got.Kind()
	}
	if !equal {
		return differ(at, string(want), got)
	}
	return nil
}

func (m matching) placeholder(at string, p placeholder, got jsontext.Value) error {
	if !matchers[p.matcher](got) {
		return differ(at, p.matcher, got)
	}
	if p.matcher == next {
		last, err := strconv.ParseInt(m.captured[p.capture], 10, 64)
		if want := strconv.FormatInt(last+1, 10); err != nil || want != string(got) {
			return differ(at, want+", the next after $"+p.capture, got)
		}
	}
	if p.differs != "" && m.captured[p.differs] == raw(got) {
		return differ(at, "another value than $"+p.differs, got)
	}
	if p.since != "" && !m.since(p, raw(got)) {
		return differ(at, "a time not before $"+p.since+" + "+p.later+" ms", got)
	}
	if p.capture != "" {
		m.captured[p.capture] = raw(got)
	}
	return nil
}

// since says whether a time is as late as p wants it.
func (m matching) since(p placeholder, got string) bool {
	from, errFrom := time.Parse(timeForm, m.captured[p.since])
	at, errAt := time.Parse(timeForm, got)
	later, errLater := time.ParseDuration(p.later + "ms")
	return errors.Join(errFrom, errAt, errLater) == nil && at.Sub(from) >= later
}

func (m matching) object(at string, want, got []member) error {
	for _, w := range want {
		if w.name == exact {
			continue
		}
		place, g := at+"/"+escape(w.name), find(got, w.name)
		p, ok := placeholderOf(w.value)
		isAbsent := ok && p.matcher == absent
		switch {
		case isAbsent && g == nil:
			continue
		case g == nil:
			return fmt.Errorf("%s is missing, want %s", place, w.value)
		case w.name == "id" && !ok && !bytes.Equal(w.value, g):
			return differ(place, "the bytes "+string(w.value), g)
		}
		if err := m.value(place, w.value, g); err != nil {
			return err
		}
	}
	if find(want, exact) == nil {
		return nil
	}
	for _, g := range got {
		if find(want, g.name) == nil {
			return fmt.Errorf("%s/%s is not expected here", at, escape(g.name))
		}
	}
	return nil
}

func (m matching) array(at string, want, got []member) error {
	if len(want) != len(got) {
		return fmt.Errorf("%s has %d elements, want %d", place(at), len(got), len(want))
	}
	for i, w := range want {
		if err := m.value(at+"/"+strconv.Itoa(i), w.value, got[i].value); err != nil {
			return err
		}
	}
	return nil
}

func differ(at, want string, got jsontext.Value) error {
	return fmt.Errorf("%s is %.200s, want %.200s", place(at), got, want)
}

// place words a JSON pointer for people.
func place(pointer string) string {
	if pointer == "" {
		return "the frame"
	}
	return pointer
}

// sameInteger says whether two numbers are the same integer, however written,
// as 100 and 1e2. Those that a float64 does not hold exactly are not.
func sameInteger(a, b jsontext.Value) bool {
	const exactBound = 1 << 53
	x, errX := strconv.ParseFloat(string(a), 64)
	y, errY := strconv.ParseFloat(string(b), 64)
	return errX == nil && errY == nil && x == y && x == float64(int64(x)) && -exactBound < x && x < exactBound
}
