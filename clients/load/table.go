package load

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// columns are the titles of the table.
var columns = []string{"load", "offered", "achieved", "until", "p50", "p90", "p99", "p99.9", "max", "rate-limited", "errors"}

// WriteTable writes the report as people read it.
func (r *Report) WriteTable(w io.Writer) error {
	lines := [][]string{columns}
	for _, s := range r.Steps {
		lines = append(lines, s.lines()...)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %d connections, %s %s at %s\n\n", r.Scenario, r.Flags.Clients, r.ServerInfo.Server.Name, r.ServerInfo.Server.Version, r.URL)
	writeColumns(&text, lines)
	for _, note := range r.notes() {
		fmt.Fprintf(&text, "\n%s", note)
	}
	_, err := fmt.Fprintln(w, strings.TrimRight(text.String(), "\n"))
	return err
}

// lines are the cells of a step: a line for each kind of time.
func (s *Step) lines() (lines [][]string) {
	load, offered := string(s.Loop), "–"
	switch {
	case s.Loop == Closed:
		load = fmt.Sprintf("closed, %d in flight", s.InFlight)
	case s.Loop == Open:
		offered = figure(s.OfferedPerSecond) + "/s"
	case s.Storms != nil:
		load = fmt.Sprintf("storms: %d", len(s.Storms))
	default:
		load = fmt.Sprintf("alive: %d", s.Connections)
	}
	for _, t := range s.Times {
		achieved := s.AchievedPerSecond
		if t.Until == untilDelivered {
			achieved = s.DeliveredPerSecond
		}
		line := []string{load, offered, figure(achieved) + "/s", t.Until}
		for _, us := range []int64{t.P50US, t.P90US, t.P99US, t.P999US, t.MaxUS} {
			line = append(line, duration(time.Duration(us)*time.Microsecond))
		}
		lines = append(lines, append(line, strconv.FormatInt(s.rateLimited(), 10), strconv.FormatInt(s.errors(), 10)))
	}
	return lines
}

// lateShare is how much of the median the load's own lateness may be, before
// the report says so.
const lateShare = 0.2

// notes say what the figures mean, and what was in the way.
func (r *Report) notes() (notes []string) {
	for i, s := range r.Steps {
		name := "step " + strconv.Itoa(i+1)
		if s.Loop == Closed {
			notes = append(notes, name+" is a closed loop: a request waits for an answer to an earlier one, so a stall of the server is in few times. Its quantiles are no promise for a given rate; see --rate.")
		}
		if s.Lateness != nil && float64(s.Lateness.P50US) > lateShare*float64(s.Times[0].P50US) {
			notes = append(notes, fmt.Sprintf("%s: the load itself was late: p50 %s, p99 %s, which is in all times.", name,
				duration(time.Duration(s.Lateness.P50US)*time.Microsecond), duration(time.Duration(s.Lateness.P99US)*time.Microsecond)))
		}
		for n, storm := range s.Storms {
			notes = append(notes, fmt.Sprintf("storm %d: all were back after %s, with %d repeated attempts", n+1, duration(time.Duration(storm.AllBackMS*float64(time.Millisecond))), storm.Retries))
		}
		for _, refusal := range s.Refusals {
			notes = append(notes, name+": refused "+refusal.String())
		}
		if err := s.Faults.Err(); err != nil {
			notes = append(notes, name+": WRONG: "+err.Error())
		}
	}
	for _, refusal := range r.Preparing {
		notes = append(notes, "while preparing, waited and repeated: "+refusal.String())
	}
	if limits := r.ServerInfo.Limits; limits.SendRate > 0 && slices.ContainsFunc(r.Steps, func(s *Step) bool { return s.rateLimited() > 0 }) {
		notes = append(notes, fmt.Sprintf(
			"rate_limited: the server lets a user send %d messages a second, after %d at once; take more users, a lower rate, or a server without that limit (send_rate).",
			limits.SendRate, limits.SendBurst))
	}
	if r.Error != "" {
		notes = append(notes, "ended with: "+r.Error)
	}
	return notes
}

func (r Refusal) String() string {
	text := fmt.Sprintf("%d times %s (%s)", r.Count, r.Kind, r.Message)
	if r.RetryAfterMS > 0 {
		text += fmt.Sprintf(", told to wait up to %d ms", r.RetryAfterMS)
	}
	return text
}

// writeColumns writes lines whose cells stand one under another.
func writeColumns(w io.Writer, lines [][]string) {
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			width := 0
			for _, other := range lines {
				width = max(width, utf8.RuneCountInString(other[i]))
			}
			text.WriteString(cell + strings.Repeat(" ", width-utf8.RuneCountInString(cell)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
	}
}

// figure writes three significant digits, thousands as k and millions as M.
func figure(v float64) string {
	switch {
	case v >= 999_500:
		return significant(v/1e6) + "M"
	case v >= 999.5:
		return significant(v/1e3) + "k"
	}
	return significant(v)
}

func significant(v float64) string {
	if v < 0.001 {
		return "0"
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64) // 9.999 has as many decimals as 10
	decimals := 2 - int(math.Floor(math.Log10(v)))
	return strconv.FormatFloat(v, 'f', min(max(0, decimals), 3), 64)
}

// duration writes three significant digits.
func duration(d time.Duration) string {
	switch {
	case d >= time.Second:
		return significant(d.Seconds()) + " s"
	case d >= time.Millisecond:
		return significant(millis(d)) + " ms"
	}
	return significant(float64(d)/float64(time.Microsecond)) + " µs"
}
