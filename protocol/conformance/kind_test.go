package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/docs"
)

// The kinds are those of the table of the specification, in its order.
func TestErrorKindsAreSpecified(t *testing.T) {
	_, section, _ := strings.Cut(docs.Protocol, "\n**13.2** ")
	section, _, _ = strings.Cut(section, "\n**13.2.1** ")
	var specified, known []string
	for row := range strings.Lines(section) {
		if cells := strings.Split(strings.TrimSpace(row), " | "); len(cells) == 4 && strings.Contains(cells[1], "`") {
			code := strings.ReplaceAll(strings.TrimPrefix(cells[0], "| "), "−", "-")
			specified = append(specified, fmt.Sprintf("%s %s %s", code, strings.Trim(cells[1], "`"), strings.TrimSuffix(cells[3], " |")))
		}
	}
	for _, k := range ErrorKinds() {
		known = append(known, fmt.Sprintf("%d %s %s", k.Code, k.Name, map[bool]string{true: "yes", false: "no"}[k.Retryable]))
	}
	if diff := cmp.Diff(specified, known); diff != "" || !slices.Contains(specified, "-32700 parse no") {
		t.Error(diff)
	}
}
