package clientkit

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const keep = 4 << 10
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-keep):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// story is what happened in a run, in lines: what the application was asked and
// told, and what went over the wire.
type story struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *story) note(way string, what []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const keep = 400
	if len(what) > keep {
		what = append(bytes.Clone(what[:keep]), " …"...)
	}
	fmt.Fprintf(&s.text, "%s%s\n", way, what)
}

func (s *story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
