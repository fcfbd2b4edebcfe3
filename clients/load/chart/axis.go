package chart

import (
	"math"
	"strconv"
	"strings"
)

// span is from the least value to the greatest; lo is above hi when there is
// none.
type span struct{ lo, hi float64 }

func empty() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(v float64) { s.lo, s.hi = min(s.lo, v), max(s.hi, v) }

// axis is a scale that begins and ends at a tick.
type axis struct {
	span
	log   bool
	ticks []tick
}

// tick is a line across the plot. A minor one has no label.
type tick struct {
	at    float64
	label string
}

// How many intervals between labels are aimed at.
const intervals = 6

func newAxis(s span, log bool) axis {
	switch {
	case s.lo > s.hi && log:
		s = span{1, 10}
	case s.lo > s.hi:
		s = span{0, 1}
	}
	if log {
		return logAxis(s)
	}
	return linearAxis(s)
}

// place is 0 at the beginning of the axis and 1 at its end.
func (a *axis) place(v float64) float64 {
	if a.log {
		lo := math.Log10(a.lo)
		return (math.Log10(v) - lo) / (math.Log10(a.hi) - lo)
	}
	return (v - a.lo) / (a.hi - a.lo)
}

// linearAxis has ticks at multiples of 1, 2 or 5 times a power of ten.
func linearAxis(s span) axis {
	// Values that are nearly the same are drawn as if they were: a float has no
	// room for ticks between them.
	if least := 1e-9 * max(math.Abs(s.lo), math.Abs(s.hi)); s.hi-s.lo <= least {
		wider := max(math.Abs(s.hi)/2, 1)
		s = span{s.lo - wider, s.hi + wider}
	}
	mantissa, exponent := 1.0, math.Floor(math.Log10((s.hi-s.lo)/intervals))
	rough := (s.hi - s.lo) / intervals / math.Pow(10, exponent) // 1 up to 10
	for _, m := range []float64{2, 5, 10} {
		if rough > mantissa {
			mantissa = m
		}
	}
	step := mantissa * math.Pow(10, exponent)
	first, last := math.Floor(s.lo/step), math.Ceil(s.hi/step)
	a := axis{span: span{first * step, last * step}}
	for n := first; n <= last; n++ {
		a.ticks = append(a.ticks, tick{n * step, label(n*step, step)})
	}
	return a
}

// logAxis begins and ends at 1, 2 or 5 times a power of ten, or at some power
// when there are many.
func logAxis(s span) axis {
	lo, hi := math.Floor(math.Log10(s.lo)), math.Floor(math.Log10(s.hi))
	decades := hi - lo
	mantissas, every := []float64{1, 2, 5}, 1.0
	if decades > intervals+2 {
		mantissas, every = mantissas[:1], math.Ceil(decades/intervals)
	}
	var all []tick
	// A step more on each side, for a rounded logarithm and for a lone value.
	for e := (math.Floor(lo/every) - 1) * every; e <= hi+2*every; e += every {
		for _, m := range mantissas {
			all = append(all, tick{at: times10(m, e)})
		}
	}
	ticks := around(all, s)
	last := len(ticks) - 1
	for i, t := range ticks {
		power := times10(1, math.Round(math.Log10(t.at))) == t.at
		if power || decades < 3 || decades < 5 && (i == 0 || i == last) {
			ticks[i].label = label(t.at, t.at)
		}
	}
	return axis{span: span{ticks[0].at, ticks[last].at}, log: true, ticks: ticks}
}

// times10 is exact where a float can be, unlike math.Pow.
func times10(m, exponent float64) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(m, 'f', -1, 64)+"e"+strconv.FormatFloat(exponent, 'f', -1, 64), 64)
	return v
}

// around returns the ticks from the last that is not above s to the first that
// is not below it, two at least.
func around(all []tick, s span) []tick {
	first, last := 0, len(all)-1
	for all[first+1].at <= s.lo {
		first++
	}
	for all[last-1].at >= s.hi {
		last--
	}
	if first == last { // of a lone value, which is a tick
		first, last = first-1, last+1
	}
	return all[first : last+1]
}

// label writes a value of an axis whose ticks are a step apart.
func label(v, step float64) string {
	unit, name := 1.0, ""
	switch size := math.Abs(v); {
	case size >= 1e12 || step < 1e-4:
		return strconv.FormatFloat(v, 'g', 6, 64)
	case size >= 1e9:
		unit, name = 1e9, "G"
	case size >= 1e6:
		unit, name = 1e6, "M"
	case size >= 1e3:
		unit, name = 1e3, "k"
	}
	decimals := max(0, -int(math.Floor(math.Log10(step/unit)+1e-9)))
	digits := strconv.FormatFloat(v/unit, 'f', decimals, 64)
	if decimals > 0 {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	return digits + name
}
