package sqlite

import (
	"testing"
	"testing/synctest"
	"time"
)

// The indexer rests the more the more is sent.
func TestPace(t *testing.T) {
	const took = 8 * time.Millisecond
	for _, c := range []struct {
		what string
		sent int // in a tenth of a second
		want time.Duration
	}{
		{"nothing is sent", 0, 0},
		{"somebody sends", 1, took},
		{"many send", 499, took},
		{"busy", 500, 2048 * time.Millisecond},
		{"very busy", 8000, 128 * time.Millisecond},
	} {
		begin := time.Now()
		p := pace{sent: 7, at: begin}
		if got := p.rest(took, 7+c.sent, begin.Add(100*time.Millisecond)); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// When the index is too late, each commit waits for a batch of it, but not for
// long. So it gets no later.
func TestCommitsWaitForALateIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir(), &Options{Durability: Normal, Unindexed: true})
		x := s.indexer
		took := func() time.Duration {
			begin := time.Now()
			mustCommit(t, s, note("more"))
			return time.Since(begin)
		}
		mustCommit(t, s, user("ana"), note("first"))
		time.Sleep(lateAfter)
		if d := took(); d != 0 {
			t.Errorf("a commit waited %v for an index that fails", d)
		}
		x.failing.Store(false)
		if d := took(); d != holdMost {
			t.Errorf("a commit waited %v for an index that does nothing", d)
		}
		time.AfterFunc(holdMost/2, x.publish)
		if d := took(); d != holdMost/2 {
			t.Errorf("a commit waited %v for a batch", d)
		}
		x.told.goal = 1
		if d := took(); d != 0 {
			t.Errorf("a commit waited %v for an index that is being made", d)
		}
		x.told.goal = 0
		x.writer.unindexed.next(never)
		if d := took(); d != 0 {
			t.Errorf("a commit waited %v for an index that is not late", d)
		}
	})
}
