package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"asappchat/protocol"
	"asappchat/protocol/alloctest"
	"asappchat/server/journal"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// instant is a store that has the outcomes of a group at hand.
type instant struct{ outcomes []store.Outcome }

func newInstant() *instant {
	s := &instant{make([]store.Outcome, 512)}
	for i := range s.outcomes {
		s.outcomes[i].Events = []store.Event{{Place: store.Place(i + 1)}}
	}
	return s
}

func (s *instant) Commit(_ context.Context, group []store.Mutation) ([]store.Outcome, error) {
	return s.outcomes[:len(group)], nil
}

// quietHub takes what it is told.
type quietHub struct{}

func (quietHub) Committed(store.Place)  {}
func (quietHub) Announce([]store.Event) {}

// quiet is an entry that counts itself when it is settled.
type quiet struct {
	mutation store.Mutation
	settled  *sync.WaitGroup
}

func (q *quiet) Mutation() store.Mutation { return q.mutation }
func (q *quiet) Answer(store.Outcome)     {}
func (q *quiet) Settled()                 { q.settled.Done() }

// counter submits entries and waits until they are settled.
type counter struct {
	*journal.Journal
	settled sync.WaitGroup
	entries []quiet
}

// newCounter returns one with as many entries, on a store.
func newCounter(t testing.TB, s store.Committer, entries int) *counter {
	c := &counter{entries: make([]quiet, entries)}
	for i := range c.entries {
		c.entries[i].settled = &c.settled
	}
	c.Journal = journal.New(s, quietHub{}, func(err error) { t.Error(err) }, slog.New(slog.DiscardHandler))
	t.Cleanup(c.Close)
	return c
}

func (c *counter) submit() {
	c.settled.Add(len(c.entries))
	for i := range c.entries {
		c.Submit(&c.entries[i])
	}
	c.settled.Wait()
}

// BenchmarkSubmit takes entries from being submitted to being settled.
func BenchmarkSubmit(b *testing.B) {
	for _, n := range []int{1, 512} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			c := newCounter(b, newInstant(), n)
			b.ReportAllocs()
			for b.Loop() {
				c.submit()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
		})
	}
}

// appends gives the entries messages of ana's to a hundred peers, as new ones,
// without client ids.
func (c *counter) appends() {
	for i := range c.entries {
		c.entries[i].mutation = &store.Append{To: fmt.Sprintf("peer%02d", i%100), NewID: fmt.Sprintf("c:%022d", i),
			Message: protocol.Message{Sender: "ana", Body: strings.Repeat("x", 120), At: 1795428000007}}
	}
}

func openStore(t testing.TB) *sqlite.Store {
	s, err := sqlite.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	users := []store.Mutation{&store.CreateUser{User: protocol.User{Username: "ana"}}}
	for i := range 100 {
		users = append(users, &store.CreateUser{User: protocol.User{Username: fmt.Sprintf("peer%02d", i)}})
	}
	if _, err := s.Commit(t.Context(), users); err != nil {
		t.Fatal(err)
	}
	return s
}

// BenchmarkStore is BenchmarkSubmit with messages and a store on disk, which
// sees groups as they come.
func BenchmarkStore(b *testing.B) {
	for _, n := range []int{1, 512} {
		b.Run(fmt.Sprintf("messages=%d", n), func(b *testing.B) {
			c := newCounter(b, openStore(b), n)
			c.appends()
			b.ReportAllocs()
			for b.Loop() {
				c.submit()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
		})
	}
}

// The lists of a group are used again, so an entry allocates nothing.
func TestSubmitAllocations(t *testing.T) {
	for _, n := range []int{1, 512} {
		alloctest.AtMost(t, 100, 0, newCounter(t, newInstant(), n).submit)
	}
}
