package words

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// A snippet has up to so many characters of its text, and so many of these, if
// there are, before what was found. Characters are what readers take for one
// (grapheme clusters of Unicode Standard Annex 29).
const (
	snippetMax  = 160
	snippetLead = 40
)

// A cluster may be as long as the text: a letter takes any number of accents. So
// a snippet is bounded in bytes too, of which those writings that need most take
// no more, and may end within a cluster, between its code points. What it has
// before what was found is bounded alike; a cluster that is cut there is left out.
const (
	snippetBytes = 2048
	leadBytes    = snippetBytes * snippetLead / snippetMax
)

// Ellipsis stands where a snippet leaves something out.
const Ellipsis = "…"

// Snippet returns what stands around a place of a text, in bytes.
func Snippet(text string, at int) string {
	if len(text) <= snippetMax {
		return text
	}
	from := lead(text, at)
	to := from
	within := text[from:upTo(text, from+snippetBytes)]
	for rest, state, n := within, -1, 0; rest != "" && n < snippetMax; n++ {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		to += len(cluster)
	}
	snippet := text[from:to]
	if from > 0 {
		snippet = Ellipsis + snippet
	}
	if to < len(text) {
		snippet += Ellipsis
	}
	return snippet
}

// upTo returns the last border between code points up to a place.
func upTo(text string, at int) int {
	if at >= len(text) {
		return len(text)
	}
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// lead returns where the snippet begins: at most snippetLead characters before
// a place.
func lead(text string, at int) int {
	from := max(0, at-leadBytes)
	for from < at && !utf8.RuneStart(text[from]) {
		from++
	}
	var borders []int
	if from == 0 {
		borders = append(borders, 0)
	}
	for rest, state, p := text[from:], -1, from; p < at; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if p += len(cluster); p <= at {
			borders = append(borders, p)
		}
	}
	if len(borders) == 0 { // one cluster alone is that long
		return at
	}
	return borders[max(0, len(borders)-1-snippetLead)]
}
