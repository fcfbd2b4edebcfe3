package sqlite

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"asappchat/store"
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

// When the index is too late, each commit waits for a batch that was made since
// the one before, but not for long. So the index gets no later.
func TestCommitsWaitForALateIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir(), &Options{Durability: Normal, Unindexed: true})
		x := s.indexer
		commit := func(what string, want time.Duration) {
			t.Helper()
			begin := time.Now()
			mustCommit(t, s, note("more"))
			if got := time.Since(begin); got != want {
				t.Errorf("%s: a commit waited %v, want %v", what, got, want)
			}
		}
		mustCommit(t, s, user("ana"), note("first"))
		time.Sleep(lateAfter)
		commit("an index that fails", 0)
		x.failing.Store(false)
		commit("late, and the first", 0)
		commit("an index that does nothing", holdMost)
		time.AfterFunc(holdMost/2, x.publish)
		commit("a batch while it waits", holdMost/2)
		x.publish()
		commit("a batch before", 0)
		x.told.goal = 1
		commit("an index that is being made", 0)
		x.told.goal = 0
		x.writer.unindexed.next(never)
		commit("an index that is not late", 0)
	})
}

// When what is not indexed gets old the indexer does not rest, however much is
// sent.
func TestIndexerHurries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir(), &Options{Durability: Normal, Unindexed: true})
		s.indexer.failing.Store(false)
		mustCommit(t, s, user("ana"), note("first"))
		for _, want := range []time.Duration{time.Second, 0} {
			s.indexer.pace = pace{at: time.Now().Add(-time.Second)}
			begin := time.Now()
			s.indexer.yield(begin.Add(-time.Second))
			if got := time.Since(begin); got != want {
				t.Errorf("rested %v, want %v", got, want)
			}
			time.Sleep(hurryAfter - time.Second)
			s.writer.unindexed.sent++
		}
	})
}

// An index that fails is tried again after a while, whoever waits for it, and
// goes on when it can.
func TestFailingIndexRestsWhoeverAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := open(t, t.TempDir(), &Options{Durability: Normal, Log: slog.New(slog.NewTextHandler(&log, nil))})
		mustCommit(t, s, user("ana"), note("first"))
		s.awaitIndex(t)
		full := func(pages string) { // the indexer is at rest
			if err := s.indexer.conn.run("PRAGMA max_page_count = " + pages); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		full("1")
		words := strings.Repeat(" hay", 4<<10)
		for i := range 8 {
			words += " " + long(i)
		}
		mustCommit(t, s, note(words))
		const tries = 4
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), tries*failedRest/100)
			if s.AwaitIndex(ctx, never) == nil {
				t.Error("indexed")
			}
			cancel()
		}
		synctest.Wait()
		if n := strings.Count(log.String(), "sqlite: index"); n < 2 || n > tries+1 {
			t.Errorf("%d tries in %v:\n%s", n, tries*failedRest, &log)
		}
		synctest.Wait()
		full("1000000")
		s.awaitIndex(t)
	})
}

// What is sent to a busy server has the indexer wait, but not one that looks for
// what to index: that has an end, whatever is sent.
func TestLookingForMessagesGoesOnOnABusyServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t, t.TempDir(), &Options{Durability: Normal, Unindexed: true}).indexer
		const took = 8 * time.Millisecond
		for _, c := range []struct {
			goal store.Place
			want time.Duration
		}{{0, 128 * time.Millisecond}, {1, took}} {
			x.pace = pace{sent: x.writer.unindexed.sent, at: time.Now()}
			time.Sleep(100 * time.Millisecond)
			x.writer.unindexed.sent += 8000
			x.state.goal = c.goal
			begin := time.Now()
			x.yield(begin.Add(-took))
			if got := time.Since(begin); got != c.want {
				t.Errorf("goal %d: rested %v, want %v", c.goal, got, c.want)
			}
		}
	})
}
