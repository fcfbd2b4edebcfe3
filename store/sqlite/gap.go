package sqlite

import "encoding/binary"

// A b-tree page, as the file format of SQLite has it
// (https://www.sqlite.org/fileformat2.html, section 1.6): a header, an array of
// two bytes for each cell, a gap that is used for nothing, and the cells. When
// SQLite divides a page it makes the page anew from the cells that stay, and
// what the others were is left in the gap. It never reads that, and no more
// knows of it: secure_delete passes it by.

const (
	fileHeader = 100 // bytes in front of the header of the first page
	leafHeader = 8
	treeHeader = 12
)

// gapOf returns where the gap of a page begins and ends. It returns false when
// the page is no page of a b-tree, in every particular.
func gapOf(page []byte, first bool) (from, to int, ok bool) {
	at := 0
	if first {
		at = fileHeader
	}
	if len(page) < at+treeHeader {
		return 0, 0, false
	}
	header := leafHeader
	switch page[at] {
	case 0x0a, 0x0d: // a leaf
	case 0x02, 0x05:
		header = treeHeader
	default:
		return 0, 0, false
	}
	cells := int(binary.BigEndian.Uint16(page[at+3:]))
	to = int(binary.BigEndian.Uint16(page[at+5:]))
	if to == 0 {
		to = 1 << 16
	}
	from = at + header + 2*cells
	if from > to || to > len(page) {
		return 0, 0, false
	}
	for i := at + header; i < from; i += 2 {
		if cell := int(binary.BigEndian.Uint16(page[i:])); cell < to || cell >= len(page) {
			return 0, 0, false
		}
	}
	return from, to, true
}

// clearGap overwrites the gap of a page, if it is one of a b-tree, with zeros.
func clearGap(page []byte, first bool) {
	if from, to, ok := gapOf(page, first); ok {
		clear(page[from:to])
	}
}
