package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"asappchat/server/journal"
	"asappchat/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slowStore takes a second for a group, and notes how large each was.
type slowStore struct {
	groups []int
	place  store.Place
	err    error
}

func (s *slowStore) Commit(_ context.Context, group []store.Mutation) ([]store.Outcome, error) {
	time.Sleep(time.Second) // in a bubble
	s.groups = append(s.groups, len(group))
	if s.err != nil {
		return nil, s.err
	}
	outcomes := make([]store.Outcome, len(group))
	for i := range outcomes {
		s.place++
		outcomes[i].Events = []store.Event{{Place: s.place}}
	}
	return outcomes, nil
}

// entry notes in a log what it is told.
type entry struct {
	name string
	log  *lines
}

func (e *entry) Mutation() store.Mutation { return &store.SeeSession{ID: e.name} }
func (e *entry) Settled()                 { e.log.add("settled " + e.name) }
func (e *entry) Answer(o store.Outcome) {
	if o.Err != nil {
		e.log.add("failed " + e.name)
		return
	}
	e.log.add("answer " + e.name)
}

type fixture struct {
	*journal.Journal
	store *slowStore
	log   lines
	fatal []error
}

// fakeHub notes in a log what it is told.
type fakeHub struct{ log *lines }

func (h *fakeHub) Committed(place store.Place) { h.log.add(fmt.Sprintf("committed %d", place)) }

func (h *fakeHub) Announce(events []store.Event) {
	for _, e := range events {
		h.log.add(fmt.Sprintf("announce %d", e.Place))
	}
}

// lines is a log that goroutines may share.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func (l *lines) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func start() *fixture {
	f := &fixture{store: &slowStore{}}
	fatal := func(err error) { f.fatal = append(f.fatal, err) }
	f.Journal = journal.New(f.store, &fakeHub{&f.log}, fatal, slog.New(slog.DiscardHandler))
	return f
}

func (f *fixture) submit(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := f.Submit(&entry{name, &f.log}); err != nil {
			t.Fatal(err)
		}
	}
}

// While one group commits the next one gathers, and no timer is involved.
func TestGroupsGatherWhileOneCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		f.submit(t, "a")
		synctest.Wait()
		f.submit(t, "b", "c", "d")
		f.Close()
		if want := []int{1, 3}; !slices.Equal(f.store.groups, want) {
			t.Errorf("groups of %v, want %v", f.store.groups, want)
		}
	})
}

// Of a group, every answer comes before any announcement, every announcement
// before anything is settled, and all of it after the commit.
func TestAnswersThenAnnouncementsThenSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		f.submit(t, "a", "b")
		time.Sleep(time.Second / 2)
		synctest.Wait()
		if early := f.log.get(); len(early) > 0 {
			t.Errorf("before the commit: %v", early)
		}
		f.Close()
		want := []string{"committed 2", "answer a", "answer b", "announce 1", "announce 2", "settled a", "settled b"}
		if f.store.groups[0] == 1 { // a went alone
			want = []string{"committed 1", "answer a", "announce 1", "settled a", "committed 2", "answer b", "announce 2", "settled b"}
		}
		if !slices.Equal(f.log.get(), want) {
			t.Errorf("got %v, want %v", f.log.get(), want)
		}
	})
}

// A commit whose outcome is unknown is told to whoever asked, and ends the
// server; another failure does not.
func TestFailedCommits(t *testing.T) {
	for _, c := range []struct {
		err   error
		fatal int
	}{{store.ErrFull, 0}, {store.ErrUnknownOutcome, 1}, {store.ErrFailed, 1}} {
		synctest.Test(t, func(t *testing.T) {
			f := start()
			f.store.err = fmt.Errorf("disk: %w", c.err)
			f.submit(t, "a")
			f.Close()
			if want := []string{"failed a", "settled a"}; !slices.Equal(f.log.get(), want) || len(f.fatal) != c.fatal {
				t.Errorf("%v: %v, fatal %v", c.err, f.log.get(), f.fatal)
			}
		})
	}
}

// Close commits what was submitted; after it nothing is taken.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		f.submit(t, "a", "b", "c")
		f.Close()
		answers := 0
		for _, line := range f.log.get() {
			if line == "answer a" || line == "answer b" || line == "answer c" {
				answers++
			}
		}
		if answers != 3 {
			t.Errorf("got %v", f.log.get())
		}
		if err := f.Submit(&entry{"d", &f.log}); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Who submits beyond the bound of the queue waits, and nothing is lost.
func TestFullQueueMakesSubmittersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		const n = 10_000
		var submitted atomic.Int64
		go func() { // until all are submitted
			for range n {
				f.submit(t, "x")
				submitted.Add(1)
			}
		}()
		synctest.Wait()
		if submitted.Load() >= n {
			t.Error("nobody waited")
		}
		time.Sleep(time.Minute)
		f.Close()
		if submitted.Load() != n || f.store.place != n {
			t.Errorf("%d submitted, %d committed", submitted.Load(), f.store.place)
		}
	})
}

// Those who wait for their outcome come in small parts while others send, and all
// at once when nobody does. Nobody waits for ever.
func TestWaitersLeaveRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		f.submit(t, "a")
		synctest.Wait()
		for range 100 {
			go f.Do(&store.SeeSession{}, func(store.Outcome) { f.log.add("waiter") }) // until it is committed
		}
		synctest.Wait()
		for range 600 {
			f.submit(t, "b")
		}
		synctest.Wait()
		time.Sleep(2500 * time.Millisecond) // while the third group commits
		f.submit(t, "c")
		time.Sleep(time.Minute)
		f.Close()
		if want := []int{1, 8 + 504, 8 + 96, 8 + 1, 76}; !slices.Equal(f.store.groups, want) {
			t.Errorf("groups of %v, want %v", f.store.groups, want)
		}
		waiters := 0
		for _, line := range f.log.get() {
			if line == "waiter" {
				waiters++
			}
		}
		if waiters != 100 {
			t.Errorf("%d of 100 who wait have their outcome", waiters)
		}
	})
}

// A group is bounded by the work in it, so that large mutations do not make
// everybody wait for one long commit.
func TestGroupsAreBoundedByWeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start()
		f.submit(t, "a")
		synctest.Wait()
		for range 3 {
			if err := f.Submit(&heavy{entry{"heavy", &f.log}}); err != nil {
				t.Fatal(err)
			}
		}
		for range 600 {
			f.submit(t, "light")
		}
		f.Close()
		if want := []int{1, 1, 12, 512, 79}; len(f.store.groups) != 6 || slices.Max(f.store.groups) > 512 || f.store.groups[1] != 1 {
			t.Errorf("groups of %v, want about %v", f.store.groups, want)
		}
	})
}

// heavy is a group of 4,000.
type heavy struct{ entry }

func (h *heavy) Mutation() store.Mutation {
	return &store.CreateGroup{Members: make([]string, 4000)}
}
