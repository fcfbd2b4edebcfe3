package server_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
)

// examplesFile is where protocol/gen finds the examples.
const examplesFile = "../protocol/gen/examples.json"

// examples are those of the OpenRPC document, as protocol/gen reads them.
type examples struct {
	Methods map[string][]example `json:"methods"`
	Events  map[string][]example `json:"events"`
}

type example struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Params      jsontext.Value `json:"params,omitzero"`
	Result      jsontext.Value `json:"result,omitzero"`
}

// The bounds of what serves as an example: one that is read at a glance.
const (
	examplesEach = 2
	exampleMax   = 1500 // bytes
)

// bySurprise are events that come when the server wants it: whether a case is
// told one is not the same each time, unless it waits for it.
var bySurprise = map[string]bool{protocol.OnDraining.Name: true, protocol.OnLagging.Name: true}

// racing are cases of which not every run says the same.
var racing = regexp.MustCompile(`^flow/|/order/|one-order|at-once`)

// odd is what tries a bound or an edge: a long string, a null, white space that
// nobody sends, what trips up other languages.
var odd = regexp.MustCompile(`"[^"]{80,}"|null|""|[:,] |\\|__proto__|("bo",){5}`)

// heardExamples are all that could serve as examples of methods and events.
func heardExamples(heard []played) examples {
	e := examples{map[string][]example{}, map[string][]example{}}
	for _, p := range heard {
		for _, talk := range p.talks {
			exchanges, events, _ := talk.exchanges()
			for _, x := range exchanges {
				if x.answer.Result != nil && x.request.name() != protocol.Discover.Name && !racing.MatchString(p.name) {
					e.add(e.Methods, x.request.name(), p, x.request.Params, x.answer.Result)
				}
			}
			for _, v := range events {
				if p.surelyTells(v.name()) {
					e.add(e.Events, v.name(), p, v.Params, nil)
				}
			}
		}
	}
	return e
}

// surelyTells says whether every run of a case is told the events of a name that one was told.
func (p played) surelyTells(event string) bool {
	if !bySurprise[event] {
		return !racing.MatchString(p.name)
	}
	return slices.ContainsFunc(p.steps, func(s conformance.Step) bool {
		return s.Op == conformance.Expect && strings.Contains(s.Text, `"method":"`+event+`"`)
	})
}

// checkExamples holds the examples of the document against what was heard: each
// must be among it, and everything that could have one must have one. With
// -update it takes away what was not heard, and adds what is missing.
func checkExamples(t *testing.T, heard []played) {
	text, err := os.ReadFile(examplesFile)
	if err != nil {
		t.Fatal(err)
	}
	var e examples
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	all := heardExamples(heard)
	if *update {
		e = examples{renew(e.Methods, all.Methods), renew(e.Events, all.Events)}
		text, err := json.Marshal(e, jsontext.WithIndent("  "), json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(examplesFile, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	checkHeard(t, e.Methods, all.Methods)
	checkHeard(t, e.Events, all.Events)
}

func checkHeard(t *testing.T, examples, heard map[string][]example) {
	for name, all := range heard {
		if len(examples[name]) == 0 && len(all) > 0 {
			t.Errorf("%s has no example in the OpenRPC document: task generate", name)
		}
	}
	for name, all := range examples {
		for _, x := range all {
			if !slices.ContainsFunc(heard[name], x.equal) {
				t.Errorf("the example %s of %s is no longer what is said there: task generate", x.Name, name)
			}
		}
	}
}

// renew keeps the examples that were heard, and chooses others where there are
// too few.
func renew(examples, heard map[string][]example) map[string][]example {
	renewed := map[string][]example{}
	for name, all := range heard {
		kept := slices.DeleteFunc(examples[name], func(x example) bool { return !slices.ContainsFunc(all, x.equal) })
		renewed[name] = choose(name, kept, all)
	}
	return renewed
}

// equal says whether two examples are the same but for white space.
func (x example) equal(y example) bool {
	return x.Name == y.Name && x.Description == y.Description &&
		slices.Equal(compact(x.Params), compact(y.Params)) && slices.Equal(compact(x.Result), compact(y.Result))
}

func compact(v jsontext.Value) jsontext.Value {
	v = v.Clone()
	v.Compact()
	return v
}

// add adds an example, unless it is too long or tries an edge.
func (e *examples) add(to map[string][]example, name string, p played, params, result jsontext.Value) {
	x := example{Name: p.name, Description: p.sentence, Params: params, Result: result}
	whole, err := json.Marshal(x)
	if err != nil || len(whole) > exampleMax {
		return
	}
	err = json.Unmarshal(anonymous(whole), &x)
	if err == nil && !odd.Match(x.Params) && !odd.Match(x.Result) {
		to[name] = append(to[name], x)
	}
}

// choose adds to those that are chosen the first ones from the cases of the method itself that differ
// in their params, and those with the most params before others.
func choose(name string, chosen, all []example) []example {
	slices.SortStableFunc(all, func(a, b example) int {
		return cmp.Or(
			strings.Compare(fmt.Sprint(!a.of(name)), fmt.Sprint(!b.of(name))),
			cmp.Compare(b.richness(), a.richness()),
			strings.Compare(a.Name, b.Name),
			strings.Compare(string(a.Params)+string(a.Result), string(b.Params)+string(b.Result)),
		)
	})
	for _, x := range all {
		same := slices.ContainsFunc(chosen, func(c example) bool { return c.shape() == x.shape() })
		if !same && len(chosen) < examplesEach {
			chosen = append(chosen, x)
		}
	}
	return chosen
}

// of says whether the example is of a case about the method.
func (x example) of(name string) bool { return strings.Contains(x.Name, "/"+name+"/") }

var names = regexp.MustCompile(`"[a-z_]+":`)

// shape are the names of all members, and how the params were given.
func (x example) shape() string {
	return string(x.Params.Kind().String()) + fmt.Sprint(names.FindAllString(string(x.Params)+string(x.Result), -1))
}

// richness is how many different members an example shows.
func (x example) richness() int {
	all := names.FindAllString(string(x.Params)+string(x.Result), -1)
	slices.Sort(all)
	return len(slices.Compact(all))
}

// What differs from run to run, and what stands for it. Of ids and tokens those
// that are the same stay the same: each has a letter, in the order in which they
// first appear. Times and cursors may be the same by chance, and are all one.
var changing = []struct {
	pattern *regexp.Regexp
	stand   func(i int) string
}{
	{regexp.MustCompile(`\b[a-z2-7]{13}-`), func(int) string { return "" }}, // what the kit puts before usernames
	{regexp.MustCompile(`"[0-9-]{10}T[0-9:.]{12}Z"`), func(int) string { return `"2026-11-23T10:00:00.000Z"` }},
	{regexp.MustCompile(`"c:[A-Za-z0-9_-]{22}"`), func(i int) string { return `"c:` + letters(i) + `"` }},
	{regexp.MustCompile(`"s:[A-Za-z0-9_-]{22}"`), func(i int) string { return `"s:` + letters(i) + `"` }},
	{regexp.MustCompile(`"t:[A-Za-z0-9_-]+"`), func(i int) string { return `"t:` + letters(i) + `"` }},
	{regexp.MustCompile(`"epoch":"[^"]+"`), func(int) string { return `"epoch":"` + letters(4) + `"` }},
	{regexp.MustCompile(`"next":"[^"]+"`), func(int) string { return `"next":"` + letters(15) + `"` }},
	{regexp.MustCompile(`"page":"[^"]+"`), func(int) string { return `"page":"` + letters(15) + `"` }},
	{regexp.MustCompile(`"delay_ms":[0-9]+`), func(int) string { return `"delay_ms":1200` }},
	{regexp.MustCompile(`"[A-Za-z0-9_-]{22}"`), func(int) string { return `"` + letters(0) + `"` }}, // a cursor
}

func letters(i int) string { return strings.Repeat(string(rune('A'+i%26)), 22) }

// anonymous replaces what differs from run to run.
func anonymous(text []byte) []byte {
	for _, c := range changing {
		seen := map[string]int{}
		text = c.pattern.ReplaceAllFunc(text, func(found []byte) []byte {
			i, ok := seen[string(found)]
			if !ok {
				i = len(seen)
				seen[string(found)] = i
			}
			return []byte(c.stand(i))
		})
	}
	return text
}
