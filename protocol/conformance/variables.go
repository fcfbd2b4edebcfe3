package conformance

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// variables are the names that a case may use in its frames and patterns.
type variables struct {
	run      string            // begins every username of this run of this case
	host     string            // and port of the server
	captured map[string]string // by expectations, as raw JSON; strings without quotes
	limits   func() (map[string]string, error)
}

// reference is a dollar sign and what may follow it. The text of a function
// holds no closing parenthesis.
var reference = regexp.MustCompile(`\$(?:\$|[a-z][a-z0-9_]*|[A-Z][A-Za-z0-9]*|\([^)]*\))?`)

// expand replaces
//
//	$ana               a username of this run: $run, a hyphen and the name
//	$run               what all usernames of this run begin with
//	$Token             what an expectation captured, by a name in upper case
//	$(repeat TEXT N)   TEXT, expanded, N times
//	$(list TEXT N)     the same, with 1, 2, 3 … for every # in it
//	$(hex 00ff)        these bytes
//	$(host)            host and port of the server
//	$(limit body)      a limit that server_info tells
//	$(limit body + 1)  one more than that
//	$(since Name)      the milliseconds since "clock Name"
//	$(min A B)         the smallest of some integers
//	$$                 a dollar sign
func (v variables) expand(text string) (string, error) {
	var failed error
	expanded := reference.ReplaceAllStringFunc(text, func(ref string) string {
		value, err := v.value(ref[1:])
		failed = errors.Join(failed, err)
		return value
	})
	return expanded, failed
}

func (v variables) value(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("a dollar sign without a name; write $$ for the sign itself")
	case name == "$":
		return "$", nil
	case name == "run":
		return v.run, nil
	case name[0] == '(':
		return v.call(name[1 : len(name)-1])
	case name[0] >= 'a':
		return v.username(name), nil
	}
	value, ok := v.captured[name]
	if !ok {
		return "", fmt.Errorf("$%s is not captured before", name)
	}
	return value, nil
}

func (v variables) username(name string) string { return v.run + "-" + name }

// call evaluates what stands in the parentheses of a function.
func (v variables) call(text string) (string, error) {
	function, argument, _ := strings.Cut(text, " ")
	switch function {
	case "host":
		return v.host, nil
	case "limit":
		return v.limit(argument)
	case "since":
		mark, err := v.value(argument)
		if err != nil {
			return "", err
		}
		return since(mark)
	case "min":
		numbers, err := v.expand(argument)
		if err != nil {
			return "", err
		}
		return smallest(numbers)
	case "hex":
		raw, err := hex.DecodeString(strings.ReplaceAll(argument, " ", ""))
		return string(raw), err
	case "repeat", "list":
		last := strings.LastIndexByte(argument, ' ')
		if last < 0 {
			return "", fmt.Errorf("%s needs a text and a number", function)
		}
		n, err := strconv.ParseUint(argument[last+1:], 10, 24)
		if err != nil {
			return "", fmt.Errorf("%s: %w", function, err)
		}
		once, err := v.expand(argument[:last])
		if function == "list" {
			return list(once, int(n)), err
		}
		return strings.Repeat(once, int(n)), err
	}
	return "", fmt.Errorf("unknown function %q", function)
}

// list repeats a text n times, with the number of the repetition for each #.
func list(text string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i+1)))
	}
	return b.String()
}
