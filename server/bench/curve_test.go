package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/clients/load/chart"
)

// Figures of several passes, of which every other goes down, become curves in
// the order of their sizes.
func TestCurves(t *testing.T) {
	cost, rate := &measure{name: "cost", unit: "µs"}, &measure{name: "rate", unit: "a second", log: true}
	var curves []*curve
	for pass, sizes := range [][]int{{1, 10, 100}, {100, 10, 1}, {1, 10, 100}} {
		for _, n := range sizes {
			curves = addFigure(curves, n, figure{cost, "p50", float64(n * (pass + 1))})
			curves = addFigure(curves, n, figure{cost, "p99", float64(n * (pass + 2))})
			if n > 1 {
				curves = addFigure(curves, n, figure{rate, "", 1 / float64(n)})
			}
		}
	}
	found := findings{law{name: "test", grows: "things"}, curves}
	want := []chart.Plot{
		{Title: "cost", XLabel: "things", YLabel: "µs", LogX: true, Curves: []chart.Curve{
			{Name: "p50", Points: []chart.Point{{X: 1, Y: 2}, {X: 10, Y: 20}, {X: 100, Y: 200}}},
			{Name: "p99", Points: []chart.Point{{X: 1, Y: 3}, {X: 10, Y: 30}, {X: 100, Y: 300}}},
		}},
		{Title: "rate", XLabel: "things", YLabel: "a second", LogX: true, LogY: true, Curves: []chart.Curve{
			{Points: []chart.Point{{X: 10, Y: 0.1}, {X: 100, Y: 0.01}}},
		}},
	}
	if diff := cmp.Diff(want, found.plots()); diff != "" {
		t.Error(diff)
	}
	var table bytes.Buffer
	if err := printEnds(&table, []findings{found}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(table.Bytes(), []byte("| 2.00 µs")) || !bytes.Contains(table.Bytes(), []byte("| 100.00 |")) {
		t.Errorf("the ends and their ratio are not in\n%s", table.Bytes())
	}
}

// The file of figures is JSON, and holds the value of each pass.
func TestWrittenCurves(t *testing.T) {
	l := &lab{dir: t.TempDir()}
	curves := addFigure(nil, 5, figure{&measure{name: "cost", unit: "µs"}, "p50", 1.23456})
	curves = addFigure(curves, 5, figure{curves[0].of, "p50", 3})
	data, err := l.figures([]findings{{law{name: "test", grows: "things"}, curves}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Curves []writtenCurve }
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	want := writtenCurve{
		Law: "test", Grows: "things", Of: "cost", Unit: "µs", By: "p50",
		Sizes: []int{5}, Medians: []float64{3}, Values: []samples{{1.235, 3}}, Growth: 1,
	}
	if diff := cmp.Diff([]writtenCurve{want}, got.Curves); diff != "" {
		t.Error(diff)
	}
}

// A law that cannot be measured says which one and at what size.
func TestLawFails(t *testing.T) {
	broken := errors.New("broken")
	l := &lab{size: size{rounds: 1}}
	_, err := l.measureLaw(law{name: "test", sizes: theSizes(7), figures: func(*lab, int) ([]figure, error) { return nil, broken }})
	if !errors.Is(err, broken) || err.Error() != "test 7: broken" {
		t.Errorf("got %v", err)
	}
}
