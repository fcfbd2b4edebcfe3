package hub_test

import (
	"testing"

	"asappchat/server/hub"
	"asappchat/store"
)

// A cursor is its place again, for every place, and nothing else is a cursor.
func FuzzCursor(f *testing.F) {
	cursors, err := hub.NewCursors(store.Head{Epoch: "epoch", CursorKey: []byte("0123456789abcdef")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(int64(0), "")
	f.Add(int64(1), cursors.Cursor(1))
	f.Add(int64(1<<62), cursors.Cursor(7)+"=")
	f.Fuzz(func(t *testing.T, place int64, other string) {
		place &= 1<<63 - 1
		cursor := cursors.Cursor(store.Place(place))
		if got, ok := cursors.Place(cursor); !ok || int64(got) != place || len(cursor) != 22 {
			t.Errorf("%s is %d %v, want %d", cursor, got, ok, place)
		}
		if got, ok := cursors.Place(other); ok && cursors.Cursor(got) != other {
			t.Errorf("%q is a cursor of %d", other, got)
		}
		token := cursors.Token(7, store.Place(place))
		if got, ok := cursors.Places(token, 2); !ok || got[0] != 7 || int64(got[1]) != place {
			t.Errorf("%s is %v %v, want 7 and %d", token, got, ok, place)
		}
		for _, bad := range []string{token + "A", token[:43], other + token, cursor + other} {
			if got, ok := cursors.Places(bad, 2); ok && cursors.Token(got...) != bad {
				t.Errorf("%q is a token of %v", bad, got)
			}
		}
	})
}
