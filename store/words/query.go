package words

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// TermsMax is how many words a query may have.
const TermsMax = 16

// PrefixesMax is how many of them may go on: each stands for many words.
const PrefixesMax = 3

// Query is what a message must have: all of these phrases.
type Query []Phrase

// Phrase is words that stand one after another. With Prefix, the last one may
// go on.
type Phrase struct {
	Words  []string // folded; at least one
	Prefix bool
}

// The errors of Parse.
var (
	ErrNoWords  = errors.New("has no word to search for")
	ErrTooMany  = errors.New("has too many words")
	ErrPrefixes = errors.New("has too many words with an asterisk")
	ErrQuote    = errors.New("has a quotation mark without another")
	ErrAsterisk = errors.New("has an asterisk that does not stand behind the beginning of a word")
)

// Parse reads what somebody typed: words, all of which are meant; "wor*" for
// words that begin so; and phrases in quotation marks, whose last word may
// have an asterisk too. What separates words within other text makes it a
// phrase, as "to-do" is "to" and "do". There are no operators.
func Parse(text string) (Query, error) {
	var q Query
	terms, prefixes := 0, 0
	for text = skipSpace(text); text != ""; text = skipSpace(text) {
		chunk, rest, err := cutChunk(text)
		if err != nil {
			return nil, err
		}
		text = rest
		p, err := phraseOf(chunk)
		if err != nil {
			return nil, err
		}
		if terms += len(p.Words); terms > TermsMax {
			return nil, ErrTooMany
		}
		if p.Prefix {
			prefixes++
		}
		if prefixes > PrefixesMax {
			return nil, ErrPrefixes
		}
		if len(p.Words) > 0 && !slices.ContainsFunc(q, p.equal) {
			q = append(q, p)
		}
	}
	if len(q) == 0 {
		return nil, ErrNoWords
	}
	return q, nil
}

func (p *Phrase) equal(other Phrase) bool {
	return p.Prefix == other.Prefix && slices.Equal(p.Words, other.Words)
}

func skipSpace(text string) string { return strings.TrimLeftFunc(text, unicode.IsSpace) }

// cutChunk cuts off what stands in quotation marks, with the asterisk behind
// it, or up to the next space or quotation mark.
func cutChunk(text string) (chunk, rest string, err error) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		chunk, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", "", ErrQuote
		}
		if after, ok := strings.CutPrefix(rest, "*"); ok {
			chunk, rest = chunk+"*", after
		}
		return chunk, rest, nil
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r == '"' || unicode.IsSpace(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], nil
}

func phraseOf(chunk string) (p Phrase, err error) {
	text, prefix := strings.CutSuffix(chunk, "*")
	if strings.Contains(text, "*") {
		return p, ErrAsterisk
	}
	end := -1
	for w := range Of(text) {
		p.Words, end = append(p.Words, w.Text), w.End
	}
	if p.Prefix = prefix; prefix && end != len(text) {
		return p, ErrAsterisk
	}
	return p, nil
}

// Match says whether a text has all phrases, and where the first of what it
// has of them begins and ends, in bytes. Without phrases, every text has all of
// them, at its beginning.
func (q Query) Match(text string) (start, end int, ok bool) {
	if len(q) == 0 {
		return 0, 0, true
	}
	var all []Word
	for w := range Of(text) {
		all = append(all, w)
	}
	first, last := len(all), 0
	for _, p := range q {
		at := p.index(all)
		if at < 0 {
			return 0, 0, false
		}
		if at < first {
			first, last = at, at+len(p.Words)-1
		}
	}
	return all[first].Start, all[last].End, true
}

// index returns where a phrase begins, -1 when it is not there.
func (p *Phrase) index(all []Word) int {
	for at := 0; at+len(p.Words) <= len(all); at++ {
		if p.begins(all[at:]) {
			return at
		}
	}
	return -1
}

func (p *Phrase) begins(all []Word) bool {
	last := len(p.Words) - 1
	for i, word := range p.Words {
		same := all[i].Text == word
		if i == last && p.Prefix {
			same = strings.HasPrefix(all[i].Text, word)
		}
		if !same {
			return false
		}
	}
	return true
}
