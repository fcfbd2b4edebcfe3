package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// quantile returns that of times.
func quantile(times *hdrhistogram.Histogram, percent float64) float64 {
	return float64(times.ValueAtQuantile(percent))
}

func inMicros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
