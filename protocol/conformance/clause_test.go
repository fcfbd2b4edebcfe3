package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The specification and the cases are in step, both ways: every clause has a
// case or says why not, every case names clauses, and they are on the page.
func TestEveryClauseHasACase(t *testing.T) {
	shown := map[string]int{}
	for _, c := range Cases() {
		if len(c.Clauses) == 0 {
			t.Errorf("%s names no clause: the file needs a line like clause: 5.1", c.Name)
		}
		for _, n := range c.Clauses {
			shown[n]++
		}
	}
	for _, c := range Clauses() {
		switch {
		case shown[c.Number] > 0 && c.Mark != "":
			t.Errorf("clause %s is marked (%s) and has %d cases", c.Number, c.Mark, shown[c.Number])
		case shown[c.Number] == 0 && c.Mark == "":
			t.Errorf("clause %s has no case: %s", c.Number, c.Title())
		}
		delete(shown, c.Number)
	}
	for n, cases := range shown {
		t.Errorf("clause %s is not on the page, and %d cases name it", n, cases)
	}
}

// The marks of the page are of the three sorts that it explains.
func TestMarksOfClauses(t *testing.T) {
	unexamined := 0
	for _, c := range Clauses() {
		if slices.Contains([]string{"", "client", "may"}, c.Mark) {
			continue
		}
		if unexamined++; !strings.Contains(c.Mark, " ") {
			t.Errorf("clause %s is marked (%s), without a reason", c.Number, c.Mark)
		}
	}
	if all := len(Clauses()); unexamined*8 > all {
		t.Errorf("%d of %d clauses are not examined", unexamined, all)
	}
}

// Clauses have numbers of their own, in the order of the page.
func TestOrderOfClauses(t *testing.T) {
	numbers := map[string]bool{}
	for _, c := range Clauses() {
		if numbers[c.Number] {
			t.Errorf("two clauses %s", c.Number)
		}
		numbers[c.Number] = true
		main := c.Number[:strings.LastIndexByte(c.Number, '.')]
		if strings.Contains(main, ".") && !numbers[main] {
			t.Errorf("clause %s stands before %s", c.Number, main)
		}
	}
	if len(numbers) < 200 {
		t.Errorf("%d clauses were found on the page", len(numbers))
	}
}

func TestParseClauses(t *testing.T) {
	got := parseClauses("# A page\n\n**1.1** One\nclause. And more.\n\n**1.1.1** *(not examined: it takes\n90 days)* Two.\n\nText **1.2** not a clause.\n\n**1.2** *(client)* Three:\n")
	want := []Clause{{"1.1", "", "One clause. And more."}, {"1.1.1", "it takes 90 days", "Two."}, {"1.2", "client", "Three:"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := got[0].Title(); got != "One clause" {
		t.Error(got)
	}
	if long := (Clause{Text: strings.Repeat("é", 200)}).Title(); len([]rune(long)) != 88 {
		t.Error(long)
	}
}
