package sqlite

import (
	"asappchat/store"

	"context"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a store in a folder of the test's, and closes it with the test.
func open(t testing.TB, dir string, opts *Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// run runs a statement that is none of the store's.
func (c *conn) run(text string) error {
	stmt, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer stmt.Close()
	_, err = stmt.ExecContext(context.Background(), nil)
	return err
}

// A panic in a loop over rows leaves the connection as good as before.
func TestPanicWhileReadingRows(t *testing.T) {
	c := open(t, t.TempDir(), nil).writer.conn
	func() {
		defer func() { recover() }()
		var h store.Head
		for range c.each(scan{&h.Place, &h.Epoch, &h.CursorKey}, readLog) {
			panic("in the loop")
		}
	}()
	if _, err := c.head(); err != nil {
		t.Error(err)
	}
}

// awaitIndex waits until the indexer has done all there is to do.
func (s *Store) awaitIndex(t testing.TB) {
	t.Helper()
	if err := s.AwaitIndex(t.Context(), never); err != nil {
		t.Fatal(err)
	}
}
