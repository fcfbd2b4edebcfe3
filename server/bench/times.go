package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// newTimes makes a histogram of microseconds up to a minute, to the percent.
func newTimes() *hdrhistogram.Histogram { return hdrhistogram.New(1, 60_000_000, 2) }

// quantile returns that of times.
func quantile(times *hdrhistogram.Histogram, percent float64) float64 {
	return float64(times.ValueAtQuantile(percent))
}

func inMicros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
