package main

import (
	"bufio"
	"bytes"
	"fmt"
	"testing"
	"time"
)

// What a guest missed must come once, and nothing else at all.
func TestGuestHearsWhatItMissed(t *testing.T) {
	crowd := &crowd{missed: 2, back: make(chan struct{}), since: time.Now()}
	after, before := crowd.since.Sub(started)+time.Second, crowd.since.Sub(started)-time.Microsecond
	event := func(at time.Duration, number int) []byte {
		message := fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"message","params":{"message":{"body":"%012d %05d"},"cursor":"at %d"}}`, at.Microseconds(), number, number)
		return appendFrame(nil, message, false)
	}
	for _, c := range []struct {
		name   string
		events [][]byte
		heard  int // of the events, before an error
	}{
		{"all, in any order", [][]byte{event(after, 14), event(after, 7), event(after, 6), event(after, 15)}, 4},
		{"one twice", [][]byte{event(after, 6), event(after, 7), event(after, 7)}, 2},
		{"another team's", [][]byte{event(after, 8)}, 0},
		{"one from before", [][]byte{event(before, 6)}, 0},
		{"what is no message", [][]byte{appendFrame(nil, []byte(`{"method":"lagging"}`), false)}, 0},
	} {
		crowd.absent.Store(2) // somebody else stays away
		in := bufio.NewReader(bytes.NewReader(bytes.Join(c.events, nil)))
		g := &guest{crowd: crowd, conn: &conn{in: in}, teams: [2]int{3, 7}, left: 4}
		heard := 0
		for heard < len(c.events) && g.hear() == nil {
			heard++
		}
		back := crowd.absent.Load() == 1
		if heard != c.heard || back != (c.heard == 4) {
			t.Errorf("%s: heard %d, back: %v", c.name, heard, back)
		}
		if back && g.cursor != "at 15" {
			t.Errorf("%s: the cursor is %q", c.name, g.cursor)
		}
	}
}
