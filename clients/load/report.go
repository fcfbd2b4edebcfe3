package load

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"asappchat/protocol"
)

// Report is what a run has found. Its JSON is for programs; units are in the
// names.
type Report struct {
	Scenario   Scenario                  `json:"scenario"`
	URL        string                    `json:"url"`
	At         time.Time                 `json:"at"`
	Flags      Flags                     `json:"flags"`
	ServerInfo protocol.ServerInfoResult `json:"server_info"`
	Preparing  []Refusal                 `json:"refusals_while_preparing,omitzero"` // which were waited for
	Steps      []*Step                   `json:"steps"`
	Error      string                    `json:"error,omitzero"` // what ended the run early, or was wrong
}

// Flags are the options that a run had.
type Flags struct {
	Clients   int       `json:"clients"`
	InFlight  int       `json:"in_flight,omitzero"`
	Messages  int       `json:"messages,omitzero"`
	Rates     []float64 `json:"rates_per_second,omitzero"`
	Steps     int       `json:"steps,omitzero"`
	ForMS     int64     `json:"for_ms"`
	WarmUpMS  int64     `json:"warm_up_ms"`
	BodyBytes int       `json:"body_bytes"`
}

// Loop says what made the requests of a step.
type Loop string

const (
	Closed Loop = "closed" // each answer is followed by a request
	Open   Loop = "open"   // a schedule that does not wait
)

// Step is what was measured under one load.
type Step struct {
	Loop               Loop    `json:"loop,omitzero"`
	InFlight           int     `json:"in_flight,omitzero"`          // of a closed loop, of all connections
	OfferedPerSecond   float64 `json:"offered_per_second,omitzero"` // of an open loop
	AchievedPerSecond  float64 `json:"achieved_per_second"`         // requests with a result, or connections that came back
	DeliveredPerSecond float64 `json:"delivered_per_second,omitzero"`
	DurationMS         float64 `json:"duration_ms"`
	Connections        int     `json:"connections,omitzero"` // that lived to the end
	Storms             []Round `json:"storms,omitzero"`

	Times    []Times   `json:"times"`
	Lateness *Times    `json:"lateness,omitzero"` // of the open loop itself, which is part of all times
	Refusals []Refusal `json:"refusals,omitzero"`
	Faults   Faults    `json:"faults"`
}

// Round is one storm.
type Round struct {
	AllBackMS float64 `json:"all_back_ms"`
	Retries   int64   `json:"retries"` // attempts that failed and were repeated
}

// Times is how long something took.
type Times struct {
	Until     string  `json:"until"` // what ends the time, which begins when a request was due
	Count     int64   `json:"count"`
	MeanUS    float64 `json:"mean_us"`
	P50US     int64   `json:"p50_us"`
	P90US     int64   `json:"p90_us"`
	P99US     int64   `json:"p99_us"`
	P999US    int64   `json:"p999_us"`
	MaxUS     int64   `json:"max_us"`
	Histogram string  `json:"hdrhistogram_v2_us"` // compressed and in base64, as HdrHistogram has it

	histogram *hdrhistogram.Histogram
}

// What ends a time.
const (
	untilAnswered  = "answered"
	untilDelivered = "delivered"
	untilBack      = "back"
	untilMade      = "made"
)

func newReport(s *stage) *Report {
	o := s.options
	return &Report{
		Scenario: o.Scenario, URL: o.URL, At: time.Now().UTC().Truncate(time.Second), ServerInfo: s.info,
		Flags: Flags{
			Clients: o.Clients, InFlight: o.InFlight, Messages: o.Messages, Rates: o.Rates, Steps: o.Steps,
			ForMS: o.For.Milliseconds(), WarmUpMS: o.WarmUp.Milliseconds(), BodyBytes: BodyBytes,
		},
	}
}

// newStep reports a round.
func newStep(scenario Scenario, pace Pace, got Stretch) *Step {
	s := &Step{
		Loop: Closed, InFlight: pace.Senders * pace.InFlight, OfferedPerSecond: pace.Rate,
		AchievedPerSecond:  float64(got.Answers) / got.Took.Seconds(),
		DeliveredPerSecond: float64(got.Events) / got.Took.Seconds(),
		DurationMS:         millis(got.Took), Refusals: got.Refusals, Faults: got.Faults,
	}
	s.Times = []Times{newTimesOf(untilAnswered, got.Answered)}
	if scenario == Send || scenario == FanOut {
		s.Times = append(s.Times, newTimesOf(untilDelivered, got.Delivered))
	}
	if pace.Rate > 0 {
		late := newTimesOf(untilMade, got.Late)
		s.Loop, s.InFlight, s.Lateness = Open, 0, &late
	}
	return s
}

func newTimesOf(until string, h *hdrhistogram.Histogram) Times {
	encoded, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err) // it is in memory
	}
	return Times{
		Until: until, Count: h.TotalCount(), MeanUS: h.Mean(),
		P50US: h.ValueAtQuantile(50), P90US: h.ValueAtQuantile(90), P99US: h.ValueAtQuantile(99),
		P999US: h.ValueAtQuantile(99.9), MaxUS: h.Max(), Histogram: string(encoded), histogram: h,
	}
}

// quantile returns that of times.
func quantile(h *hdrhistogram.Histogram, percent float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(percent)) * time.Microsecond
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// rateLimited counts what was refused for its rate, which is no error.
func (s *Step) rateLimited() int64 {
	n, _ := splitRefusals(s.Refusals)
	return n
}

// errors counts what was wrong, or refused for other reasons.
func (s *Step) errors() int64 {
	_, n := splitRefusals(s.Refusals)
	return n + s.Faults.total()
}

// err is what the server got wrong: faults, and refusals but those that ask to
// come back later, which are its right.
func (r *Report) err() error {
	for _, s := range r.Steps {
		if err := s.Faults.Err(); err != nil {
			return err
		}
		for _, refusal := range s.Refusals {
			if refusal.Kind != protocol.RateLimited {
				return fmt.Errorf("%d requests were refused: %s: %s", refusal.Count, refusal.Kind, refusal.Message)
			}
		}
	}
	return nil
}
