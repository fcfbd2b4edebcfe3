package conformance

import "testing"

// Test plays cases against a server, as [Run] does, and reports each as a
// subtest of t. The subtest of a case that fails shows its transcript; one that
// is not tested, or that is a known deviation, is skipped. The report tells which
// these are.
func Test(t *testing.T, o Options) Report {
	t.Helper()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Error(err)
	}
	for _, out := range report {
		t.Run(out.Case.Name, func(t *testing.T) {
			switch out.Status {
			case Failed:
				t.Error("\n" + out.String())
			case NotTested:
				t.Skip(out.Reason)
			case Deviates:
				t.Skip("known deviation: " + out.Known)
			}
		})
	}
	return report
}
