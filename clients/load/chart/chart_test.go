package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/golden.svg")

// sample has what the project draws: logarithmic and linear axes, several
// curves, a gap.
var sample = []Plot{
	{
		Title: "Members: server CPU a delivery", XLabel: "members, all subscribed", YLabel: "µs", LogX: true,
		Curves: []Curve{
			{"the server", []Point{{2, 4.1}, {10, 2.2}, {50, 1.2}, {100, .85}, {500, .7}, {1000, .67}, {5000, .85}}},
			{"a bare broadcast", []Point{{2, 3.1}, {10, 1.9}, {50, math.NaN()}, {100, .8}, {500, .69}, {1000, .7}, {5000, 1.17}}},
		},
	},
	{
		Title: "In flight: how long <p99 & p50>", XLabel: "messages in flight", YLabel: "µs", LogX: true, LogY: true,
		Curves: []Curve{
			{"p99", []Point{{1, 700}, {8, 950}, {32, 1400}, {200, 4100}, {1600, 31000}}},
			{"p50", []Point{{1, 310}, {8, 420}, {32, 800}, {200, 2700}, {1600, 24000}}},
			{"least", []Point{{1, 0}, {8, 310}}},
		},
	},
}

func TestGolden(t *testing.T) {
	const file = "testdata/golden.svg"
	got := draw(t, sample...)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got, go test -update writes it):\n%s", file, diff)
	}
	if len(got) > 15<<10 {
		t.Errorf("%d bytes are much to commit", len(got))
	}
}

// Any numbers and any names make a picture that is XML, with all coordinates
// finite.
func TestDegenerate(t *testing.T) {
	inf := math.Inf(1)
	for name, points := range map[string][]Point{
		"nothing":      nil,
		"one point":    {{3, 4}},
		"one at zero":  {{0, 0}},
		"one negative": {{-5, -5}},
		"zeros":        {{0, 1}, {1, 0}, {2, 2}},
		"negative":     {{-3, -7}, {-1, -100}},
		"no numbers":   {{math.NaN(), 1}, {1, inf}, {-inf, 2}},
		"huge":         {{math.MaxFloat64, 1}, {1e300, 1e300}, {-1e300, -1e300}, {1e-300, 1e-300}},
		"tiny":         {{5e-324, 1e-300}, {1e-12, 2e-12}, {3e-12, 3e-12}},
		"nearly same":  {{1e15, 1}, {math.Nextafter(1e15, inf), 1}},
		"below a ten":  {{math.Nextafter(1000, 0), 1}, {math.Nextafter(1000, inf), 1}},
		"same":         {{7, 7}, {7, 7}, {1, 7}},
	} {
		for _, log := range []bool{false, true} {
			p := Plot{Title: name, LogX: log, LogY: log, Curves: []Curve{{"\x00<&>\"'\xff\ufffe", points}}}
			picture := draw(t, p)
			if len(picture) > 6<<10 {
				t.Errorf("%s, logarithmic %v: %d bytes", name, log, len(picture))
			}
			for _, bad := range []string{"NaN", "Inf", "e+"} {
				if hasAttribute(picture, bad) {
					t.Errorf("%s, logarithmic %v: %s is among the attributes", name, log, bad)
				}
			}
		}
	}
}

func TestManyCurvesAndPoints(t *testing.T) {
	long := Curve{Name: "long", Points: make([]Point, 1000)}
	for i := range long.Points {
		long.Points[i] = Point{float64(i), float64(i * i)}
	}
	p := Plot{Title: "many", Curves: []Curve{long}}
	for range 15 {
		p.Curves = append(p.Curves, Curve{Name: "another of many curves", Points: []Point{{1, 2}, {3, 4}}})
	}
	if n := bytes.Count(draw(t, p), []byte("dasharray")); n != 2*7 {
		t.Errorf("%d dashed lines, want those of 7 curves, each also in the legend", n)
	}
}

func TestFailures(t *testing.T) {
	if err := WriteSVG(io.Discard); err == nil {
		t.Error("no plots: no error")
	}
	broken := errors.New("broken")
	if err := WriteSVG(brokenWriter{broken}, sample...); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		s    span
		log  bool
		want string
	}{
		{span{0, 1}, false, "0 0.2 0.4 0.6 0.8 1"},
		{span{0, 2.3}, false, "0 0.5 1 1.5 2 2.5"},
		{span{0, 30_000}, false, "0 5k 10k 15k 20k 25k 30k"},
		{span{0, 1400}, false, "0 500 1k 1.5k"},
		{span{12_000_000, 13_500_000}, false, "12M 12.5M 13M 13.5M"},
		{span{-10, 10}, false, "-10 -5 0 5 10"},
		{span{4, 4}, false, "2 3 4 5 6"},
		{span{0, 4e-9}, false, "0 1e-09 2e-09 3e-09 4e-09"},
		{span{2, 5000}, true, "2 _ 10 _ _ 100 _ _ 1k _ 5k"},
		{span{3, 70}, true, "2 5 10 20 50 100"},
		{span{100, 1e6}, true, "100 _ _ 1k _ _ 10k _ _ 100k _ _ 1M"},
		{span{10, 10}, true, "5 10 20"},
		{span{0.03, 0.04}, true, "0.02 0.05"},
		{span{1, 1e15}, true, "1 1k 1M 1G 1e+12 1e+15"},
	} {
		var got []string
		a := newAxis(c.s, c.log)
		for _, tick := range a.ticks {
			if tick.label == "" {
				tick.label = "_"
			}
			got = append(got, tick.label)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%v: %s", c.s, diff)
		}
		if a.lo > c.s.lo || a.hi < c.s.hi {
			t.Errorf("%v: the axis is %v", c.s, a.span)
		}
	}
}

// draw returns the picture of plots, which must be XML.
func draw(t *testing.T, plots ...Plot) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteSVG(&out, plots...); err != nil {
		t.Fatal(err)
	}
	if err := parse(out.Bytes(), func(string) {}); err != nil {
		t.Fatalf("%v in %.2000s", err, out.Bytes())
	}
	return out.Bytes()
}

// hasAttribute says whether an attribute of the picture contains a string.
func hasAttribute(picture []byte, s string) (has bool) {
	parse(picture, func(value string) { has = has || strings.Contains(value, s) })
	return has
}

// parse reads XML, and tells the values of attributes.
func parse(picture []byte, attribute func(value string)) error {
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if element, ok := token.(xml.StartElement); ok {
			for _, a := range element.Attr {
				attribute(a.Value)
			}
		}
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
