package main

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"asappchat/clients/load/chart"
)

// A law is how cost grows with one number. It is measured at several sizes, each
// time in new child processes, in several passes over the sizes, so that what
// the machine does meanwhile falls on all of them.
type law struct {
	name    string // of its picture
	grows   string // what the sizes count
	sizes   func(*lab) ([]int, error)
	figures func(l *lab, size int) ([]figure, error)
}

var laws = []law{membersLaw, lengthLaw, conversationsLaw, idleLaw, inFlightLaw}

// A figure is what was measured once, at one size.
type figure struct {
	of    *measure
	by    string // what of the law's things it is of
	value float64
}

// measure is what figures of one kind are about. They share a plot.
type measure struct {
	name, unit string
	log        bool // the plot's Y axis
}

// write writes a figure as people read it.
func (m *measure) write(v float64) string {
	switch m.unit {
	case "µs":
		return micros(v)
	case "ms":
		return millis(v)
	}
	return digits(v) + " " + m.unit
}

// curve is the figures of one kind, of all sizes and passes.
type curve struct {
	of     *measure
	by     string
	points []point
}

type point struct {
	size   int
	values samples // of the passes, in their order
}

// curvePasses is how often a law is measured at all sizes, at most.
const curvePasses = 3

func (l *lab) passes() int { return min(l.rounds, curvePasses) }

// quickSizes is how many sizes a quick run takes, of the smallest.
const quickSizes = 3

// findings are the curves of a law.
type findings struct {
	law    law
	curves []*curve
}

// measureLaws measures those whose names match.
func (l *lab) measureLaws(only *regexp.Regexp) ([]findings, error) {
	var all []findings
	begun := time.Now()
	for _, law := range laws {
		if !only.MatchString(law.name) {
			continue
		}
		curves, err := l.measureLaw(law)
		if err != nil {
			return nil, err
		}
		all = append(all, findings{law, curves})
	}
	if all == nil {
		return nil, fmt.Errorf("no law matches %q", only)
	}
	l.progress("took %v", time.Since(begun).Round(time.Second))
	return all, nil
}

// measureLaw goes over the sizes, up and down in turn.
func (l *lab) measureLaw(law law) ([]*curve, error) {
	sizes, err := law.sizes(l)
	if err != nil {
		return nil, err
	}
	if l.quick {
		sizes = sizes[:min(len(sizes), quickSizes)]
	}
	sizes = slices.Clone(sizes)
	var curves []*curve
	for range l.passes() {
		for _, n := range sizes {
			figures, err := l.measureAt(law, n)
			if err != nil {
				return nil, err
			}
			for _, f := range figures {
				curves = addFigure(curves, n, f)
			}
		}
		slices.Reverse(sizes)
	}
	return curves, nil
}

// measureAt measures a law once, as a scenario.
func (l *lab) measureAt(law law, n int) (figures []figure, err error) {
	_, err = l.play(scenario{fmt.Sprintf("%s %d", law.name, n), func(l *lab) ([]*row, error) {
		figures, err = law.figures(l, n)
		return nil, err
	}})
	return figures, err
}

// addFigure adds one to its curve, whose points are in the order of their sizes.
func addFigure(curves []*curve, size int, f figure) []*curve {
	i := slices.IndexFunc(curves, func(c *curve) bool { return c.of == f.of && c.by == f.by })
	if i < 0 {
		i = len(curves)
		curves = append(curves, &curve{of: f.of, by: f.by})
	}
	c := curves[i]
	at, found := slices.BinarySearchFunc(c.points, size, func(p point, size int) int { return p.size - size })
	if !found {
		c.points = slices.Insert(c.points, at, point{size: size})
	}
	c.points[at].values = append(c.points[at].values, f.value)
	return curves
}

// ends are the figures at the smallest size and at the largest, and what they
// grew by in each pass.
func (c *curve) ends() (first, last, growth samples) {
	first, last = c.points[0].values, c.points[len(c.points)-1].values
	for i := range first {
		growth = append(growth, last[i]/first[i])
	}
	return first, last, growth
}

// plots draws the medians, curves of one kind in one plot.
func (f findings) plots() []chart.Plot {
	var plots []chart.Plot
	var of []*measure
	for _, c := range f.curves {
		i := slices.Index(of, c.of)
		if i < 0 {
			i = len(of)
			of = append(of, c.of)
			plots = append(plots, chart.Plot{Title: c.of.name, XLabel: f.law.grows, YLabel: c.of.unit, LogX: true, LogY: c.of.log})
		}
		drawn := chart.Curve{Name: c.by}
		for _, p := range c.points {
			drawn.Points = append(drawn.Points, chart.Point{X: float64(p.size), Y: p.values.median()})
		}
		plots[i].Curves = append(plots[i].Curves, drawn)
	}
	return plots
}

// theSizes are always the same.
func theSizes(sizes ...int) func(*lab) ([]int, error) {
	return func(*lab) ([]int, error) { return sizes, nil }
}
