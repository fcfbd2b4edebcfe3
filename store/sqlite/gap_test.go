package sqlite

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// leaf makes a page of a table with cells at these places, full of ones.
func leaf(first bool, cells ...int) []byte {
	page := bytes.Repeat([]byte{1}, usualPage)
	at := 0
	if first {
		at = fileHeader
	}
	page[at] = 0x0d
	binary.BigEndian.PutUint16(page[at+3:], uint16(len(cells)))
	start := usualPage
	for i, cell := range cells {
		binary.BigEndian.PutUint16(page[at+leafHeader+2*i:], uint16(cell))
		start = min(start, cell)
	}
	binary.BigEndian.PutUint16(page[at+5:], uint16(start))
	return page
}

func TestGap(t *testing.T) {
	changed := func(page []byte, at int, b byte) []byte {
		page[at] = b
		return page
	}
	for name, c := range map[string]struct {
		page     []byte
		first    bool
		from, to int // the same when nothing is cleared
	}{
		"a leaf":                   {leaf(false, 4000, 3900), false, 12, 3900},
		"an empty one":             {leaf(false), false, 8, 4096},
		"the first":                {leaf(true, 4000), true, 110, 4000},
		"an index":                 {changed(leaf(false, 4000), 0, 0x0a), false, 10, 4000},
		"of a tree":                {changed(leaf(false, 4000, 257, 257), 0, 0x05), false, 18, 257},
		"full":                     {leaf(false, 10), false, 10, 10},
		"of nothing known":         {changed(leaf(false, 4000), 0, 0x0c), false, 0, 0},
		"an overflow":              {changed(leaf(false, 4000), 0, 0), false, 0, 0},
		"more cells than fit":      {changed(leaf(false, 4000), 3, 0xff), false, 0, 0},
		"cells over the array":     {leaf(false, 9), false, 0, 0},
		"a cell in the gap":        {changed(leaf(false, 4000, 3900), 5, 0x0f), false, 12, 3900},
		"a cell before the cells":  {changed(leaf(false, 4000, 3900), 8, 0x01), false, 0, 0},
		"a cell beyond the page":   {changed(leaf(false, 4000, 3900), 8, 0x7f), false, 0, 0},
		"cells begin beyond":       {changed(leaf(false), 5, 0x7f), false, 0, 0},
		"the first, as if another": {leaf(true, 4000), false, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			want := slices.Clone(c.page)
			clear(want[c.from:c.to])
			clearGap(c.page, c.first)
			if !bytes.Equal(c.page, want) {
				from, to, ok := gapOf(c.page, c.first)
				t.Errorf("cleared %d to %d (%v), want %d to %d", from, to, ok, c.from, c.to)
			}
		})
	}
}

// In a database that is too large for pages to be told apart none is changed.
func TestGapsOfVeryLargeDatabasesStay(t *testing.T) {
	before := largest.Load()
	t.Cleanup(func() { largest.Store(before) })
	if !fewPages(clearedPages-1) || fewPages(clearedPages) || fewPages(1) {
		t.Error("the bound is elsewhere")
	}
}

// Whatever a page holds, its header and its cells stay, and it is as much a page
// as it was.
func FuzzClearGap(f *testing.F) {
	f.Add(leaf(false, 4000, 3900), false)
	f.Add(leaf(true, 4000), true)
	f.Fuzz(func(t *testing.T, page []byte, first bool) {
		before := slices.Clone(page)
		clearGap(page, first)
		if bytes.Equal(page, before) {
			return
		}
		at := 0
		if first {
			at = fileHeader
		}
		start := int(binary.BigEndian.Uint16(page[at+5:]))
		if start == 0 {
			start = 1 << 16
		}
		if !bytes.Equal(page[:at+leafHeader], before[:at+leafHeader]) || !bytes.Equal(page[start:], before[start:]) {
			t.Error("the header or a cell has changed")
		}
		if _, _, ok := gapOf(page, first); !ok {
			t.Error("it is no page any more")
		}
	})
}

func BenchmarkClearGap(b *testing.B) {
	page := leaf(false, 4000, 3800, 3600, 3400, 3200, 3000, 2800, 2600, 2400, 2200, 2000)
	for b.Loop() {
		clearGap(page, false)
	}
}
