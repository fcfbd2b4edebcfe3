package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unit writes a figure as people read it.
type unit func(float64) string

func ratio(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func perSecond(v float64) string { return digits(v) + "/s" }

// micros takes microseconds.
func micros(v float64) string {
	if v >= 1000 {
		return digits(v/1000) + " ms"
	}
	return digits(v) + " µs"
}

// millis takes milliseconds.
func millis(v float64) string {
	if v >= 1000 {
		return digits(v/1000) + " s"
	}
	return digits(v) + " ms"
}

func percent(v float64) string { return digits(v) + " %" }

// mebibytes takes bytes.
func mebibytes(v float64) string { return digits(v/(1<<20)) + " MiB" }

// kibibytes takes bytes.
func kibibytes(v float64) string { return digits(v/1024) + " KiB" }

// digits writes three significant ones, thousands as k and millions as M.
func digits(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v) || math.IsInf(v, 0):
		return strconv.FormatFloat(v, 'f', -1, 64)
	case v >= 1e6:
		return digits(v/1e6) + "M"
	case v >= 1e3:
		return digits(v/1e3) + "k"
	}
	decimals := max(0, 2-int(math.Floor(math.Log10(v))))
	return strconv.FormatFloat(v, 'f', min(decimals, 3), 64)
}

// write writes the median, a dash when there is none.
func (s samples) write(u unit) string {
	if len(s) == 0 {
		return "–"
	}
	return u(s.median())
}

// columns are the table's, each with what a row says in it.
var columns = []struct {
	title string
	cell  func(*row) string
}{
	{"scenario", func(r *row) string { return r.name }},
	{"measured", func(r *row) string { return r.measured.write(r.unit) }},
	{"limit", func(r *row) string { return r.limit.write(r.unit) }},
	{"ratio", func(r *row) string { return r.ratio.write(ratio) }},
	{"target", (*row).aim},
	{"met", (*row).met},
	{"the limit is", func(r *row) string { return r.meaning }},
}

// printTable writes rows as a table of Markdown.
func printTable(w io.Writer, rows []*row) error {
	table := make([][]string, len(columns))
	for i, c := range columns {
		table[i] = []string{c.title, ""}
		for _, r := range rows {
			table[i] = append(table[i], c.cell(r))
		}
	}
	return printColumns(w, table)
}

// printColumns writes columns of one length, whose second cells are for the
// rule under the titles.
func printColumns(w io.Writer, table [][]string) error {
	lines := make([][]string, len(table[0]))
	for _, cells := range table {
		addColumn(lines, cells)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | ")); err != nil {
			return err
		}
	}
	return nil
}

// addColumn adds a cell to each line, all of one width. The second is the
// rule under the titles.
func addColumn(lines [][]string, cells []string) {
	width := 0
	for _, cell := range cells {
		width = max(width, utf8.RuneCountInString(cell))
	}
	cells[1] = strings.Repeat("-", width)
	for i, cell := range cells {
		lines[i] = append(lines[i], cell+strings.Repeat(" ", width-utf8.RuneCountInString(cell)))
	}
}
