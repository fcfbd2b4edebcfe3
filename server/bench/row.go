package main

import "slices"

// A row is one line of the table.
type row struct {
	name     string
	unit     unit
	measured samples
	limit    samples // empty when there is none
	ratio    samples // of the rounds
	meaning  string  // of the limit
	target   *target // nil when there is none
}

// add takes the result of a round. A limit of 0 is none.
func (r *row) add(measured, limit float64) {
	r.measured = append(r.measured, measured)
	if limit != 0 {
		r.limit = append(r.limit, limit)
		r.ratio = append(r.ratio, measured/limit)
	}
}

// samples are the results of several rounds.
type samples []float64

// median returns the middle one; of an even number, the upper one.
func (s samples) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}

// A target is a bound for the ratio, or for what is measured itself.
type target struct {
	bound  float64
	least  bool // the bound is the least that will do; else the most
	itself bool
}

func atMost(bound float64) *target       { return &target{bound: bound} }
func atLeast(bound float64) *target      { return &target{bound: bound, least: true} }
func itselfAtMost(bound float64) *target { return &target{bound: bound, itself: true} }

// aim writes the target, which has the unit of what it bounds.
func (r *row) aim() string {
	if r.target == nil {
		return ""
	}
	sign, unit := "≤ ", ratio
	if r.target.least {
		sign = "≥ "
	}
	if r.target.itself {
		unit = r.unit
	}
	return sign + unit(r.target.bound)
}

// met says whether the median is within the target.
func (r *row) met() string {
	if r.target == nil {
		return ""
	}
	of := r.ratio
	if r.target.itself {
		of = r.measured
	}
	if v := of.median(); v == r.target.bound || v < r.target.bound != r.target.least {
		return "yes"
	}
	return "no"
}
