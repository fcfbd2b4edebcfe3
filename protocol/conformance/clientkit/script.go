package clientkit

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed conversation.txt
var conversationText string

// conversation is the script that the faults are put into.
var conversation = sync.OnceValue(func() []turn {
	turns, err := parseScript(conversationText)
	if err != nil {
		panic(err) // the tests of the kit rule it out
	}
	return turns
})

// turn is a line of a script.
type turn struct {
	number  int
	events  int    // that ana is told for it, and for those before it that did not wait
	who     string // "ana", the application, or "bo"; "" to wait
	method  string
	params  string // names in it are not replaced yet
	capture string
	goOn    bool // without waiting
}

var turnForm = regexp.MustCompile(`^(\d+|&) (ana|bo) ([a-z_]+) (\{.*\})(?: = ([A-Z][a-z]*))?$|^(\d+) wait$`)

func parseScript(text string) ([]turn, error) {
	var turns []turn
	for i, l := range strings.Split(text, "\n") {
		if l == "" || l[0] == '#' {
			continue
		}
		m := turnForm.FindStringSubmatch(l)
		if m == nil || m[4] != "" && !jsontext.Value(m[4]).IsValid() {
			return nil, fmt.Errorf("line %d: not a turn: %s", i+1, l)
		}
		events, _ := strconv.Atoi(m[1] + m[6])
		turns = append(turns, turn{i + 1, events, m[2], m[3], m[4], m[5], m[1] == "&"})
	}
	return turns, nil
}

var nameForm = regexp.MustCompile(`\$[A-Za-z]+`)

// fill replaces the names in params: $bo by a username, $Group by what was
// captured.
func (t turn) fill(prefix string, captured map[string]string) string {
	return nameForm.ReplaceAllStringFunc(t.params, func(name string) string {
		if value, ok := captured[name[1:]]; ok {
			return value
		}
		return prefix + name[1:]
	})
}
