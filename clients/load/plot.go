package load

import (
	"fmt"
	"io"
	"slices"

	"asappchat/clients/load/chart"
)

// WriteSVG draws the report: throughput and latency against the load, when
// there are steps, and the latency of each step by percentile.
func (r *Report) WriteSVG(w io.Writer) error {
	var plots []chart.Plot
	if open := r.open(); len(open) > 1 {
		plots = append(plots, throughput(open), latency(open))
	}
	for i := range r.Steps[0].Times {
		plots = append(plots, r.percentiles(i))
	}
	return chart.WriteSVG(w, plots...)
}

// open returns the steps with a rate, by rate.
func (r *Report) open() (steps []*Step) {
	for _, s := range r.Steps {
		if s.Loop == Open {
			steps = append(steps, s)
		}
	}
	slices.SortStableFunc(steps, func(a, b *Step) int { return int(a.OfferedPerSecond - b.OfferedPerSecond) })
	return steps
}

func throughput(steps []*Step) chart.Plot {
	offered, achieved := chart.Curve{Name: "offered"}, chart.Curve{Name: "achieved"}
	for _, s := range steps {
		offered.Points = append(offered.Points, chart.Point{X: s.OfferedPerSecond, Y: s.OfferedPerSecond})
		achieved.Points = append(achieved.Points, chart.Point{X: s.OfferedPerSecond, Y: s.AchievedPerSecond})
	}
	return chart.Plot{Title: "Throughput", XLabel: "offered, per second", YLabel: "per second", Curves: []chart.Curve{offered, achieved}}
}

func latency(steps []*Step) chart.Plot {
	last := len(steps[0].Times) - 1 // the end of the way
	curves := []chart.Curve{{Name: "p50"}, {Name: "p90"}, {Name: "p99"}, {Name: "p99.9"}, {Name: "max"}}
	for _, s := range steps {
		t := s.Times[last]
		for i, us := range []int64{t.P50US, t.P90US, t.P99US, t.P999US, t.MaxUS} {
			curves[i].Points = append(curves[i].Points, chart.Point{X: s.OfferedPerSecond, Y: float64(us) / 1000})
		}
	}
	return chart.Plot{
		Title: "Time until " + steps[0].Times[last].Until, XLabel: "offered, per second", YLabel: "ms", LogY: true, Curves: curves,
	}
}

// percentiles draws one kind of time of all steps. To the right the part of
// requests that took longer gets ten times smaller with each step of the axis.
func (r *Report) percentiles(kind int) chart.Plot {
	p := chart.Plot{
		Title:  fmt.Sprintf("Time until %s, by percentile", r.Steps[0].Times[kind].Until),
		XLabel: "1 / part that took longer: 10 is p90, 100 is p99, 1000 is p99.9", YLabel: "ms", LogX: true, LogY: true,
	}
	for i, s := range r.Steps {
		p.Curves = append(p.Curves, chart.Curve{Name: s.name(i), Points: percentilePoints(s.Times[kind])})
	}
	return p
}

// name is that of a step in the legend, with what it did not get done.
func (s *Step) name(i int) string {
	name := fmt.Sprintf("step %d", i+1)
	switch s.Loop {
	case Open:
		name = figure(s.OfferedPerSecond) + "/s"
	case Closed:
		name = fmt.Sprintf("closed loop, %d in flight", s.InFlight)
	}
	if n := s.rateLimited(); n > 0 {
		name += fmt.Sprintf(", %d rate-limited", n)
	}
	if n := s.errors(); n > 0 {
		name += fmt.Sprintf(", %d errors", n)
	}
	return name
}

// percentilePoints has no points beyond the last of the requests.
func percentilePoints(t Times) (points []chart.Point) {
	for x := 1.0; x <= float64(t.Count); x *= 1.2 {
		us := t.histogram.ValueAtQuantile(100 * (1 - 1/x))
		points = append(points, chart.Point{X: x, Y: float64(us) / 1000})
	}
	return append(points, chart.Point{X: float64(t.Count), Y: float64(t.MaxUS) / 1000})
}
