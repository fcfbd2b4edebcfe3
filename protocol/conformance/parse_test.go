package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got := parsed(t, `# The sentence of the file.
clause: 5.1

--- One & two
# A sentence
# of its own.
clause: 5.2, $1.3
| 1 | [ 2 ]
| a || b |

ana> {"x":$1,
      "y":"$2"}
# a remark
ana<* 1
ana<* 2
bo<* 3

--- plain
login ana/phone
ana! close
`)
	ana := func(text string) Step { return Step{Line: 11, Op: Send, Conn: "ana", Text: text} }
	want := []Case{
		{"own/one-two.1", "A sentence of its own.", []string{"5.2", "1.3"}, "own.txt", []Step{ana(`{"x":1,"y":"[ 2 ]"}`),
			{Line: 14, Op: ExpectAny, Conn: "ana", Texts: []string{"1", "2"}},
			{Line: 16, Op: ExpectAny, Conn: "bo", Texts: []string{"3"}}}},
		{"own/plain", "The sentence of the file.", []string{"5.1"}, "own.txt", []Step{
			{Line: 19, Op: Login, Conn: "ana/phone"}, {Line: 20, Op: Close, Conn: "ana"}}},
	}
	if diff := cmp.Diff(want[:1], got[:1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1:], got[2:]); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "own.txt:1: no sentence",
		"ana= silent":                          "own.txt:1: no sentence",
		"# s":                                  "own.txt:1: a case without steps",
		"# s\nana= silent\n--- t\nana= silent": "own.txt:2: a step before the first ---",
		"--- t\nana= silent":                   "own.txt:1: no sentence",
		"# s\n---\nana= silent":                "own.txt:2: a case needs a title",
		"# s\n--- t\nana= silent\n--- T!\nana= silent": "own.txt:4: a second case",
		"# s\nana! frame":                     "own.txt:2: a frame needs an opcode",
		"# s\nana! frame : x":                 "own.txt:2: a frame needs an opcode",
		"# s\nana! frame 3: x":                "own.txt:2: not an opcode",
		"# s\nana! frame text loud: x":        "own.txt:2: unknown word \"loud\"",
		"# s\nana! frame text cut 0: x":       "own.txt:2: unknown word \"cut 0\"",
		"# s\nana! frame text by x: x":        "own.txt:2: by x: not a number",
		"# s\nana! frame text key 12: x":      "own.txt:2: a key is 8 hex digits",
		"# s\nana! frame text 1000: x":        "own.txt:2: unknown word \"1000\"",
		"# s\nana! raw text: x":               "own.txt:2: unknown word \"text\"",
		"# s\nana< times many: {}":            "own.txt:2: times many:",
		"# s\nana< times 2: {":                "own.txt:2: the pattern is not JSON",
		"# s\nana< http ok":                   "own.txt:2: not a code",
		"# s\nnothing":                        "own.txt:2: not a step",
		"# s\nAna> {}":                        "own.txt:2: not a step",
		"# s\nlogin Ana":                      "own.txt:2: not a step",
		"# s\nana! jump":                      `own.txt:2: unknown step "! jump"`,
		"# s\nana= loud":                      "own.txt:2: unknown step",
		"# s\nana< close soon":                "own.txt:2: not a code",
		"# s\nana< close ":                    "own.txt:2: not a code",
		"# s\n\nana< {":                       "own.txt:3: the pattern is not JSON",
		"# s\nana< {\"a\":1,\"a\":1}":         "own.txt:2: the pattern is not JSON",
		"# s\nana<* ":                         "own.txt:2: the pattern is not JSON",
		"# s\nana< \"<tiem>\"":                "own.txt:2: unknown matcher",
		"# s\nana< [{\"a\":\"<Time>\"}]":      "own.txt:2: \"<Time>\" looks like a placeholder",
		"# s\nana< \"<string != Old>\"":       "own.txt:2: \"<string != Old>\": $Old is not captured",
		"# s\nana> $Token":                    "own.txt:2: $Token is not captured",
		"# s\nana< \"$Token\"":                "own.txt:2: $Token is not captured",
		"# s\nana> 5 $":                       "own.txt:2: a dollar sign without a name",
		"# s\nana> $(twice x)":                `own.txt:2: unknown function "twice"`,
		"# s\nana> $(repeat x)":               "own.txt:2: repeat needs",
		"# s\nana> $(repeat x many)":          "own.txt:2: repeat: ",
		"# s\nana> $(hex 0)":                  "own.txt:2: encoding/hex",
		"# s\n--- t\n| 1\n| 2\nana> $1$2":     "own.txt:5: $2: the row has 1 cells (row 1)",
		"# s\n--- t\nclause: $1\nana= silent": "own.txt:4: clause: $1: the row has 0 cells",
		"# s\nana> $1":                        "own.txt:2: $1: the row has 0 cells",
	} {
		_, err := Parse("own.txt", text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestExpand(t *testing.T) {
	v := variables{run: "r", host: "h:1", captured: map[string]string{"Token": "t:x"}}
	for text, want := range map[string]string{
		"plain":                         "plain",
		"$ana $bo2 ${}":                 "",
		"$ana, $bo_2.":                  "r-ana, r-bo_2.",
		"$run-x":                        "r-x",
		"$Token$Token":                  "t:xt:x",
		"$$5":                           "$5",
		"$(repeat x 3)|":                "xxx|",
		"$(repeat [1, 2)2$(repeat ] 2)": "[1,[1,2]]",
		"$(repeat a b, 2)":              "a b,a b,",
		"$(repeat $ana 2)":              "r-anar-ana",
		"$(hex 61 62)$(hex )":           "ab",
		"http://$(host)/":               "http://h:1/",
	} {
		got, err := v.expand(text)
		if want == "" && err == nil || want != "" && (err != nil || got != want) {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
}

// The kit's own cases are read without an error, and are as many as promised:
// of the field's suites, as many as those have.
func TestCases(t *testing.T) {
	count := map[string]int{}
	for _, c := range Cases() {
		noun, _, _ := strings.Cut(c.Name, "/")
		count[noun]++
		count[stem(c.File)]++
	}
	for name, least := range map[string]int{
		"jsonrpc": 300, "json": 500, "session": 20, "user": 20, "message": 50, "conversation": 30, "subscription": 20,
		"websocket/text": 8, "websocket/binary": 8, "websocket/ping": 11, "websocket/reserved": 7 + 10, "websocket/fragment": 20 + 1,
		"websocket/utf8": 145, "websocket/close": 37, "websocket/size": 54, "websocket/handshake": 40,
		"json/field_accept": 95, "json/field_refuse": 188, "json/field_either": 35,
	} {
		if count[name] < least {
			t.Errorf("%d cases of %s, want %d", count[name], name, least)
		}
	}
}
