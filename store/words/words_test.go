package words

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

func folded(text string) string {
	var all []string
	for w := range Of(text) {
		all = append(all, w.Text)
	}
	return strings.Join(all, " ")
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Hello, World!":          "hello world",
		"don't to_do e-mail 3.5": "don t to do e mail 3 5",
		"Crème BRÛLÉE":           "creme brulee",
		"cre\u0300me":            "creme",
		"ΟΔΟΣ οδός οδοσ":         "οδοσ οδοσ οδοσ",
		"ЁЛКА ёлка":              "елка елка",
		"ﬁne ＡＢＣ ①":              "fine abc 1",
		"東京 タワー":                 "東 京 タ ワ ー",
		"iPhone東京5g":             "iphone 東 京 5g",
		"한국어 각":                  "한국어 각",
		"שָׁלוֹם":                "שָׁלוֹם",
		"हिन्दी":                 "हिन्दी",
		"👍 ok 👨\u200d👩\u200d👧":   "ok",
		"\u0301":                 "",
		"a\x00b\u2028c":          "a b c",
	} {
		if got := folded(text); got != folded(want) || !strings.ContainsFunc(want, func(r rune) bool { return r > 0x500 }) && got != want {
			t.Errorf("words of %q: %q, want %q", text, got, want)
		}
	}
}

func TestLongWordsCountByTheirBeginning(t *testing.T) {
	for _, one := range []string{"x", "é", "ж", "한"} {
		long := strings.Repeat(one, 200)
		got := folded(long)
		if len(got) > WordMax || len(got) < WordMax-3 || !utf8.ValidString(got) {
			t.Errorf("of %q are left %d bytes", one, len(got))
		}
		if got != folded(long+"tail") {
			t.Errorf("the tail of %q counts", one)
		}
	}
}

func TestParse(t *testing.T) {
	word := func(words ...string) Phrase { return Phrase{Words: words} }
	begin := func(words ...string) Phrase { return Phrase{Words: words, Prefix: true} }
	for text, want := range map[string]Query{
		"one":                   {word("one")},
		"  One\ttwo ":           {word("one"), word("two")},
		"wor*":                  {begin("wor")},
		`"two words" x`:         {word("two", "words"), word("x")},
		`"two wor*"`:            {begin("two", "wor")},
		`"two wor"*`:            {begin("two", "wor")},
		`a"b c"d`:               {word("a"), word("b", "c"), word("d")},
		"to-do":                 {word("to", "do")},
		"- !! x":                {word("x")},
		"a OR b AND NOT NEAR(c": {word("a"), word("or"), word("b"), word("and"), word("not"), word("near", "c")},
		"body:x":                {word("body", "x")},
		"東京":                    {word("東", "京")},
	} {
		got, err := Parse(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Parse(%q): %v\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]error{
		"": ErrNoWords, " ": ErrNoWords, "!?": ErrNoWords, `""`: ErrNoWords, "👍": ErrNoWords,
		`"`: ErrQuote, `a "b`: ErrQuote, `""" x`: ErrQuote,
		"*": ErrAsterisk, "a **": ErrAsterisk, "a*b": ErrAsterisk, "a-*": ErrAsterisk, `"* a"`: ErrAsterisk, `""*`: ErrAsterisk,
		"a* b* c* d*": ErrPrefixes, "a* a* a* a*": ErrPrefixes,
		strings.Repeat("a ", TermsMax+1): ErrTooMany, `"` + strings.Repeat("東", TermsMax+1) + `"`: ErrTooMany,
	} {
		if _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("Parse(%q): %v, want %v", text, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ query, text, hit string }{
		{"two", "one two three", "two"},
		{"three one", "one two three", "one"},
		{"thr*", "one two three", "three"},
		{`"two three"`, "one two, THREE.", "two, THREE"},
		{`"two thr"*`, "two threads", "two threads"},
		{`"one three"`, "one two three", ""},
		{`"a a b"`, "a a a b", "a a b"},
		{"three four", "one two three", ""},
		{"creme", "la Crème", "Crème"},
		{"京タ", "東京タワー", "京タ"},
		{"京ワ", "東京タワー", ""},
	} {
		q, err := Parse(c.query)
		if err != nil {
			t.Fatal(err)
		}
		start, end, ok := q.Match(c.text)
		if ok != (c.hit != "") || c.text[start:end] != c.hit {
			t.Errorf("%q in %q: %q, %v, want %q", c.query, c.text, c.text[start:end], ok, c.hit)
		}
	}
}

func TestSnippet(t *testing.T) {
	short := strings.Repeat("é ", 50) + "hit"
	if got := Snippet(short, strings.Index(short, "hit")); got != short {
		t.Errorf("a short text is cut: %q", got)
	}
	for _, unit := range []string{"word ", "é", "東京 ", "👨\u200d👩\u200d👧\u200d👦", "🇩🇪", "e\u0301\u0302"} {
		for _, before := range []int{0, 1, 39, 40, 41, 500, 5000} {
			lead := strings.Repeat(unit, before)
			text := lead + "hit" + strings.Repeat(unit, 400)
			got := Snippet(text, len(lead))
			least := min(snippetMax, snippetBytes/len(unit))
			if n := uniseg.GraphemeClusterCount(got); n > snippetMax+2 || n < least {
				t.Errorf("%d × %q before: %d characters", before, unit, n)
			}
			inner := strings.Trim(got, Ellipsis)
			if !strings.Contains(inner, "hit") || !strings.Contains(text, inner) || !utf8.ValidString(got) {
				t.Errorf("%d × %q before: %q", before, unit, got)
			}
			if cut := strings.HasPrefix(got, Ellipsis); cut != !strings.HasPrefix(text, inner) {
				t.Errorf("%d × %q before: ellipsis in front %v", before, unit, cut)
			}
		}
	}
}

// One character may have thousands of accents, wherever it stands.
func TestSnippetIsBoundedInBytes(t *testing.T) {
	accents := strings.Repeat("\u0301\u0f71", 3000)
	for what, parts := range map[string][2]string{
		"before": {"a" + accents, ""},
		"after":  {"", "a" + accents},
		"around": {"a" + accents + " ", " a" + accents},
		"upon":   {"one ", accents + " more"},
		"all":    {strings.Repeat("a"+accents[:100], 90), strings.Repeat("a"+accents[:100], 90)},
	} {
		text := parts[0] + "hit" + parts[1]
		got := Snippet(text, len(parts[0]))
		inner := strings.Trim(got, Ellipsis)
		if len(inner) > snippetBytes || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes, valid %v", what, len(inner), utf8.ValidString(got))
		}
		if !strings.Contains(inner, "hit") || !strings.Contains(text, inner) || inner == text {
			t.Errorf("%s: %.100q", what, got)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add(`"two wor*" x*`, "two words, xyz")
	f.Fuzz(func(t *testing.T, query, text string) {
		q, err := Parse(query)
		if err != nil {
			return
		}
		for _, p := range q {
			if len(p.Words) == 0 {
				t.Fatal("a phrase without words")
			}
		}
		start, end, ok := q.Match(text)
		if ok && (start < 0 || end < start || end > len(text)) {
			t.Fatal(start, end)
		}
		Snippet(text, start)
	})
}
