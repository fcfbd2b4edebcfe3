package server_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"asappchat/docs"
	"asappchat/protocol"
	"asappchat/protocol/conformance"
)

// A server may have other limits (15.3): the public kit finds nothing wrong with one
// that has, and does not test what counts on others.
func TestConformanceWithOtherLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector sees nothing here that it does not see in TestConformance")
	}
	for name, other := range map[string]func(int) int{
		"an eighth":     func(limit int) int { return limit / 8 },
		"twice as much": func(limit int) int { return 2 * limit },
		"a few fewer":   func(limit int) int { return limit - 3 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := protocol.DefaultLimits()
			all := reflect.ValueOf(&limits).Elem()
			for i := range all.NumField() {
				all.Field(i).SetInt(int64(other(int(all.Field(i).Int()))))
			}
			limits.LoginMS, limits.StallMS = 120_000, 30_000 // what waits has no other limits than in TestConformance
			report := play(t, conformance.Options{URL: limited(t, limits).URL, Patience: time.Second})
			for _, out := range report {
				if out.Status == conformance.Failed {
					t.Error(out.String())
				}
			}
			if passed := report.Count(conformance.Passed); passed < len(report)*4/5 {
				t.Errorf("only %d of %d are tested", passed, len(report))
			}
		})
	}
}

// The default limits are those of the specification, and the kit looks for each.
func TestDefaultLimitsAreSpecified(t *testing.T) {
	all := map[string]int64{}
	for field, value := range reflect.ValueOf(protocol.DefaultLimits()).Fields() {
		all[field.Tag.Get("json")] = value.Int()
	}
	for name := range all {
		if !slices.ContainsFunc(conformance.Cases(), func(c conformance.Case) bool {
			return strings.HasPrefix(c.Name, "server/server_info/every-limit.") && strings.Contains(c.Steps[1].Text, `"`+name+`"`)
		}) {
			t.Errorf("no case looks for the limit %s", name)
		}
	}
	_, section, _ := strings.Cut(docs.Protocol, "\n## 15 ")
	section, _, _ = strings.Cut(section, "\n## ")
	for row := range strings.Lines(section) {
		cells := strings.Split(row, " | ")
		if len(cells) < 3 || !strings.HasPrefix(row, "| `") {
			continue
		}
		// A number has a comma before three digits, between two numbers a comma and a space.
		defaults := strings.Split(cells[1], ", ")
		for i, name := range strings.Split(strings.TrimPrefix(cells[0], "| "), ", ") {
			name = strings.Trim(name, "`")
			if got, ok := all[name]; !ok || got != number(t, defaults[i]) {
				t.Errorf("%s is %d by default, specified as %s", name, got, defaults[i])
			}
			delete(all, name)
		}
	}
	for name := range all {
		t.Errorf("%s is not specified", name)
	}
}

// number reads "1,000" and "64 KiB".
func number(t *testing.T, text string) int64 {
	t.Helper()
	digits, unit, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), " ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n * map[string]int64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20}[unit]
}
