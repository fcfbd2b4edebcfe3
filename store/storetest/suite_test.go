package storetest_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"asappchat/store"
	"asappchat/store/sqlite"
	"asappchat/store/storetest"
	"asappchat/store/storetest/model"
)

// faultVariable names the fault that TestSuite puts into its store.
const faultVariable = "STORETEST_FAULT"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The suite asks for what the plain model says.
func TestModel(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return &memory{Store: open(t), model: model.New(0)}
	})
}

// The suite passes with a good store, and fails with a fault in it, which
// TestSuiteFindsFaults makes sure of.
func TestSuite(t *testing.T) {
	name := os.Getenv(faultVariable)
	storetest.Run(t, func(t *testing.T) store.Store {
		if name == "" {
			return open(t)
		}
		return faults[name].wrap(open(t))
	})
}

func open(t *testing.T) store.Store {
	s, err := sqlite.Open(t.Context(), t.TempDir(), &sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSuiteFindsFaults(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			// A pattern is split at slashes, which no sentence has, and meets
			// names with underscores for spaces, as it gets them itself.
			pattern := "^TestSuite$/^" + regexp.QuoteMeta(fault.sentence) + "$"
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", pattern, "-test.count", "1")
			cmd.Env = append(os.Environ(), faultVariable+"="+name)
			output, err := cmd.CombinedOutput()
			failed := "--- FAIL: TestSuite/" + strings.ReplaceAll(fault.sentence, " ", "_")
			if err == nil || !strings.Contains(string(output), failed) {
				t.Fatalf("not found by the case %q: %v\n%s", fault.sentence, err, output)
			}
		})
	}
}
