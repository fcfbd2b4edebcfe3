// Package chart draws curves as SVG: lines with markers between two axes, each
// linear or logarithmic, and a legend, several plots one under another. The
// same plots always give the same bytes, so a picture can be committed and
// looked for changes. Colours are those of Okabe and Ito, which colour-blind
// people can tell apart, on a white ground; text stays text.
//
// It imports the standard library alone, and starts no goroutines. It is no
// more than that because libraries did not fit: gonum.org/v1/plot 0.17 adds
// 7.6 MB and nine modules to a program of 9.6 MB and five, panics when a
// logarithmic axis meets a zero, and lays its legend over the curves;
// github.com/go-analyze/charts 0.6 has no logarithmic axes, and only categories
// from left to right.
package chart

import (
	"bytes"
	"errors"
	"io"
	"math"
)

// A Point has no place when a coordinate is not a number or infinite, or not
// above zero on a logarithmic axis. Such a point is left out, and the line is
// interrupted there.
type Point struct{ X, Y float64 }

// A Curve joins its points in their order. One without a name is not in the
// legend.
type Curve struct {
	Name   string
	Points []Point
}

// A Plot is curves between the same axes. A linear Y axis begins at zero, or
// below. Without any point that has a place, it says so.
type Plot struct {
	Title, XLabel, YLabel string
	LogX, LogY            bool
	Curves                []Curve
}

// WriteSVG writes one picture of the plots, one under another, 720 pixels wide.
// A plot takes 4 KB, and up to 50 bytes more for each point. It fails when there
// is no plot, or when w does.
func WriteSVG(w io.Writer, plots ...Plot) error {
	if len(plots) == 0 {
		return errors.New("chart: no plots")
	}
	var body bytes.Buffer
	height := 0.0
	for _, p := range plots {
		d := &drawing{out: &body, plot: p, top: height}
		height += d.draw()
	}
	var picture bytes.Buffer
	writeHead(&picture, plots, height)
	body.WriteTo(&picture)
	picture.WriteString("</svg>\n")
	_, err := picture.WriteTo(w)
	return err
}

// has says whether a point has a place in the plot.
func (p *Plot) has(at Point) bool { return hasPlace(at.X, p.LogX) && hasPlace(at.Y, p.LogY) }

// hasPlace keeps away from the ends of what a float holds, where the length of
// an axis would be infinite.
func hasPlace(v float64, log bool) bool {
	const most = 1e300
	return math.Abs(v) <= most && (!log || v >= 1/most)
}

// axes returns the axes that hold all points, and whether there are any.
func (p *Plot) axes() (x, y axis, any bool) {
	xs, ys := empty(), empty()
	for _, c := range p.Curves {
		for _, at := range c.Points {
			if p.has(at) {
				xs.add(at.X)
				ys.add(at.Y)
			}
		}
	}
	any = xs.lo <= xs.hi
	if !p.LogY {
		ys.add(0)
	}
	return newAxis(xs, p.LogX), newAxis(ys, p.LogY), any
}
