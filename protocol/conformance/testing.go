package conformance

import "testing"

// Test plays cases against a server as subtests of t, side by side except for
// those that restart the server, which come last. The subtest of a case that
// fails shows its transcript; one that is not tested, or that is a known deviation,
// is skipped.
func Test(t *testing.T, o Options) {
	cases, err := o.prepare()
	if err != nil {
		t.Fatal(err)
	}
	var alone []Case
	t.Run("cases", func(t *testing.T) { // returns when its parallel subtests have ended
		free := make(chan struct{}, o.Parallel)
		for _, c := range cases {
			if c.NeedsRestart() {
				alone = append(alone, c)
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				if !c.waits() {
					free <- struct{}{}
					defer func() { <-free }()
				}
				o.test(t, c)
			})
		}
	})
	for _, c := range alone {
		t.Run(c.Name, func(t *testing.T) { o.test(t, c) })
	}
}

func (o Options) test(t *testing.T, c Case) {
	report := Report{o.outcome(t.Context(), c)}
	report.excuse(o.Deviations)
	switch out := report[0]; out.Status {
	case Failed:
		t.Error("\n" + out.String())
	case NotTested:
		t.Skip(out.Reason)
	case Deviates:
		t.Skip("known deviation: " + out.Known)
	}
}
