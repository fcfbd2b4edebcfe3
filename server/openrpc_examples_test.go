package server_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

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
// told one is not the same each time.
var bySurprise = map[string]bool{protocol.OnDraining.Name: true, protocol.OnLagging.Name: true}

// odd is what tries a bound or an edge: a long string, a null, white space that
// nobody sends, what trips up other languages.
var odd = regexp.MustCompile(`"[^"]{80,}"|null|""|[:,] |\\|__proto__|("bo",){5}`)

// examplesOf chooses, from what was heard, the examples of each method and
// event. They are the same however often the cases are played.
func examplesOf(heard []played) examples {
	e := examples{map[string][]example{}, map[string][]example{}}
	for _, p := range heard {
		for _, talk := range p.talks {
			exchanges, events, _ := talk.exchanges()
			for _, x := range exchanges {
				if x.answer.Result != nil && x.request.name() != protocol.Discover.Name {
					e.add(e.Methods, x.request.name(), p, x.request.Params, x.answer.Result)
				}
			}
			for _, v := range events {
				if bySurprise[v.name()] {
					continue
				}
				e.add(e.Events, v.name(), p, v.Params, nil)
			}
		}
	}
	for name, all := range e.Methods {
		e.Methods[name] = choose(name, all)
	}
	for name, all := range e.Events {
		e.Events[name] = choose(name, all)
	}
	return e
}

func (e *examples) add(to map[string][]example, name string, p played, params, result jsontext.Value) {
	x := example{Name: p.name, Description: p.sentence, Params: params, Result: result}
	whole, err := json.Marshal(x)
	if err != nil || len(whole) > exampleMax || odd.Match(params) || odd.Match(result) {
		return
	}
	if err := json.Unmarshal(anonymous(whole), &x); err == nil {
		to[name] = append(to[name], x)
	}
}

// choose takes the first ones from the cases of the method itself that differ
// in their params, and those with the most params before others.
func choose(name string, all []example) []example {
	slices.SortStableFunc(all, func(a, b example) int {
		return cmp.Or(
			strings.Compare(fmt.Sprint(!a.of(name)), fmt.Sprint(!b.of(name))),
			cmp.Compare(b.richness(), a.richness()),
			strings.Compare(a.Name, b.Name),
			strings.Compare(string(a.Params)+string(a.Result), string(b.Params)+string(b.Result)),
		)
	})
	var chosen []example
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
