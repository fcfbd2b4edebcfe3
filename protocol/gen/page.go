package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A page is a text that grows by lines.
type page struct{ bytes.Buffer }

// line adds a line, as fmt.Sprintf makes it.
func (p *page) line(format string, args ...any) {
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

// comment adds the lines of a text, wrapped, each behind a prefix.
func (p *page) comment(prefix, text string) {
	for _, l := range wrap(text, lineWidth-utf8.RuneCountInString(prefix)) {
		p.WriteString(strings.TrimRight(prefix+l, " ") + "\n")
	}
}

// lineWidth is how long a line of a generated comment may be, in characters.
const lineWidth = 110

// wrap breaks the lines of a text into shorter ones.
func wrap(text string, width int) []string {
	var lines []string
	for long := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(long) {
			if line != "" && utf8.RuneCountInString(line+" "+word) > width {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// about is the text of a type, with that of its values.
func (t *typ) about() string {
	text := t.comment.text + "\n"
	for _, v := range t.values {
		text += "\n- " + strings.Trim(v.literal, `"`) + ": " + v.comment.text
	}
	return strings.TrimSpace(text)
}

// sentence makes the comment of a member, or none, begin and end as a sentence
// does.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?:") {
		text += "."
	}
	return text
}

// literals are the values of a type as they stand on the wire, each once.
func (t *typ) literals() []string {
	var all []string
	for _, v := range t.values {
		all = append(all, v.literal)
	}
	return slices.Compact(all)
}

var words = regexp.MustCompile(`[A-Z][a-z]*`)

// snake makes of a Go name one in small letters: CloseGoingAway, without
// Close, is going_away.
func snake(name, without string) string {
	return strings.ToLower(strings.Join(words.FindAllString(strings.TrimPrefix(name, without), -1), "_"))
}
