package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"asappchat/clients/load/chart"
)

// drawCurves measures laws, writes a picture of each and one file of all
// their figures into a folder, and prints the ends of the curves. Pictures of
// laws that were not measured stay.
func (l *lab) drawCurves(folder string, only *regexp.Regexp) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	all, err := l.measureLaws(only)
	if err != nil {
		return err
	}
	for _, f := range all {
		var picture bytes.Buffer
		if err := chart.WriteSVG(&picture, f.plots()...); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, f.law.name+".svg"), picture.Bytes(), 0o644); err != nil {
			return err
		}
	}
	figures, err := l.figures(all)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "curves.json"), figures, 0o644); err != nil {
		return err
	}
	fmt.Printf("medians of %d passes, %v for each figure\n\n", l.passes(), l.round)
	return printEnds(os.Stdout, all)
}

// writtenCurve is a line of the file of figures. Medians and Values are those
// of the sizes, in their order.
type writtenCurve struct {
	Law     string    `json:"law"`
	Grows   string    `json:"grows"`
	Of      string    `json:"of"`
	Unit    string    `json:"unit"`
	By      string    `json:"by"`
	Sizes   []int     `json:"sizes"`
	Medians []float64 `json:"medians"`
	Values  []samples `json:"values"` // of each pass
	Growth  float64   `json:"growth"` // from the first size to the last
}

// figures writes the curves as JSON, one a line.
func (l *lab) figures(all []findings) ([]byte, error) {
	fsync, err := fsyncTime(l.dir)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"date\": %q, \"go\": %q, \"cores\": %d, \"fsync_us\": %v, \"seconds\": %v,\n\"curves\": [",
		time.Now().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), rounded(inMicros(fsync)), l.round.Seconds())
	comma := "\n"
	for _, f := range all {
		for _, c := range f.curves {
			line, err := json.Marshal(f.law.written(c))
			if err != nil {
				return nil, err
			}
			out.WriteString(comma)
			out.Write(line)
			comma = ",\n"
		}
	}
	out.WriteString("\n]}\n")
	return out.Bytes(), nil
}

func (w law) written(c *curve) writtenCurve {
	written := writtenCurve{Law: w.name, Grows: w.grows, Of: c.of.name, Unit: c.of.unit, By: c.by}
	_, _, growth := c.ends()
	written.Growth = rounded(growth.median())
	for _, p := range c.points {
		values := make(samples, len(p.values))
		for i, v := range p.values {
			values[i] = rounded(v)
		}
		written.Sizes = append(written.Sizes, p.size)
		written.Medians = append(written.Medians, values.median())
		written.Values = append(written.Values, values)
	}
	return written
}

// rounded keeps four digits, more than any of the figures is worth.
func rounded(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return v
}

// printEnds prints a table of Markdown with the ends of each curve.
func printEnds(w io.Writer, all []findings) error {
	columns := make([][]string, 6)
	for i, title := range []string{"law", "of", "by", "at the least", "at the most", "ratio"} {
		columns[i] = []string{title, ""}
	}
	for _, f := range all {
		for _, c := range f.curves {
			first, last, growth := c.ends()
			cells := []string{
				fmt.Sprintf("%s, %d to %d", f.law.grows, c.points[0].size, c.points[len(c.points)-1].size),
				c.of.name, c.by, first.write(c.of.write), last.write(c.of.write), growth.write(ratio),
			}
			for i, cell := range cells {
				columns[i] = append(columns[i], cell)
			}
		}
	}
	return printColumns(w, columns)
}
