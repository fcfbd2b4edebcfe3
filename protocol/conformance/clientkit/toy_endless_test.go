package clientkit

import (
	"slices"
	"time"
)

// endless does what a client does that never comes to an end, and says whether the
// toy is such a one.
func (t *toy) endless(id int64, method string) bool {
	switch {
	case t.quirk == neverSure && slices.Contains(oneShot, method):
		t.answer(id, nil, map[string]any{"kind": "unknown_outcome", "code": 504, "retryable": true})
	case t.quirk == pingsOnly:
		t.over(func() { t.request("ping", nil, func(toyFrame) {}) })
	case t.quirk == tellsForEver:
		t.over(func() { t.print(map[string]any{"event": "message", "params": struct{}{}}) })
	case t.quirk == neverAsks:
	default:
		return false
	}
	return true
}

// over does something again and again, until the client is closed.
func (t *toy) over(do func()) {
	if t.ws != nil {
		do()
	}
	t.later(time.Millisecond, func() { t.over(do) })
}
