package main

import (
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// inFlightLaw is users who send to each other in pairs, with more and more
// messages in flight. They are spread over connections: at first one on each of
// more, then more on each of 32, and in the end 32 on each of 50, as in scenario
// send. Beside that one connection has as many in flight, up to what the
// server lets a connection have.
var inFlightLaw = law{
	name: "inflight", grows: "messages in flight", sizes: theSizes(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1600),
	figures: measureInFlight,
}

var (
	sendRate = &measure{name: "acknowledged messages", unit: "a second", log: true}
	sendTime = &measure{name: "send to delivered", unit: "ms", log: true}
	sendCPU  = &measure{name: "server CPU a message", unit: "µs", log: true}
)

func measureInFlight(l *lab, n int) (figures []figure, err error) {
	sends, err := openSenders(l, programs.Server, sendersAtOnce, 2)
	if err != nil {
		return nil, err
	}
	defer sends.Close()
	senders := min(n, 32)
	if n%sendersAtOnce == 0 {
		senders = sendersAtOnce
	}
	figures, err = measureSends(l, sends, senders, n/senders, "spread over connections")
	if err != nil || n > protocol.DefaultLimits().InFlight {
		return figures, err
	}
	one, err := measureSends(l, sends, 1, n, "on one connection")
	return append(figures, one...), err
}

func measureSends(l *lab, sends *drive, senders, inFlight int, by string) ([]figure, error) {
	got, err := sends.round(l, senders, inFlight)
	if err != nil {
		return nil, err
	}
	return []figure{
		{sendRate, by, got.perSecond(got.Answers)},
		{sendTime, by + ", p50", quantile(got.Delivered, 50) / 1000},
		{sendTime, by + ", p99", quantile(got.Delivered, 99) / 1000},
		{sendCPU, by, got.cpuOf(got.Answers)},
	}, nil
}
