package main

import "fmt"

// stormRows compare a storm with as many bare handshakes, and the server in it
// with itself before.
type stormRows struct {
	back, p50, p99, cpu, memory *row
	calm, beside                *row
}

func newStormRows(crowd int) stormRows {
	name, bare := fmt.Sprintf("storm of %d: ", crowd), "as many bare handshakes"
	sends := name + "sends of others, acknowledged"
	return stormRows{
		back:   &row{name: name + "until all are back", unit: millis, meaning: bare, target: atMost(3)},
		p50:    &row{name: name + "until one is back, p50", unit: millis, meaning: bare},
		p99:    &row{name: name + "until one is back, p99", unit: millis, meaning: bare},
		cpu:    &row{name: name + "server CPU for each", unit: micros, meaning: bare},
		memory: &row{name: name + "peak of memory", unit: mebibytes, meaning: "the same, idle before", target: atMost(1.5)},
		calm:   &row{name: sends, unit: perSecond, meaning: "before the storm", target: atLeast(0.5)},
		beside: &row{name: sends, unit: perSecond, meaning: "beside as many bare handshakes"},
	}
}

func (r stormRows) all() []*row {
	return []*row{r.back, r.p50, r.p99, r.cpu, r.memory, r.calm, r.beside}
}

// add takes a storm in which nothing else happened.
func (r stormRows) add(l *lab, t *town, got, limit stormed) {
	each := float64(l.storm.crowd)
	r.back.add(inMicros(got.took)/1000, inMicros(limit.took)/1000)
	r.p50.add(quantile(got.away, 50)/1000, quantile(limit.away, 50)/1000)
	r.p99.add(quantile(got.away, 99)/1000, quantile(limit.away, 99)/1000)
	r.cpu.add(inMicros(got.cpu)/each, inMicros(limit.cpu)/each)
	r.memory.add(float64(got.peak), float64(t.idle))
	l.progress("  back in %s, bare %s; %s of %s", millis(inMicros(got.took)/1000), millis(inMicros(limit.took)/1000),
		mebibytes(float64(got.peak)), mebibytes(float64(t.idle)))
}

// addSends takes rates of sending: in a storm, before it, and beside bare
// handshakes.
func (r stormRows) addSends(during, calm, beside float64) {
	r.calm.add(during, calm)
	r.beside.add(during, beside)
}
