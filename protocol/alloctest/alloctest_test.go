package alloctest

import "testing"

// recorder notes that it was told to fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

var kept []byte

func TestAtMost(t *testing.T) {
	twice := func() {
		kept = make([]byte, 100)
		kept = make([]byte, 200)
	}
	for most, want := range []bool{countable, countable, false, false} {
		r := &recorder{TB: t}
		if AtMost(r, 10, most, twice); r.failed != want {
			t.Errorf("two allocations of at most %d: failed %v", most, r.failed)
		}
	}
}
