package clientkit

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var (
	places  = flag.Int("places", 10, "")
	filter  = flag.String("filter", "", "")
	command = flag.String("command", "/tmp/ck-driver", "")
)

func TestFirst(t *testing.T) {
	r, err := Run(t.Context(), Options{Command: strings.Fields(*command), Places: *places, Filter: *filter})
	if err != nil {
		t.Fatal(err)
	}
	r.Print(os.Stdout, true)
}
