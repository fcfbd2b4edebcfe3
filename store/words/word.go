package words

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Version changes when other texts may have other words: with the tables of
// Unicode.
const Version = unicode.Version + " " + norm.Version

// WordMax is how many bytes of a folded word count.
const WordMax = 64

// Word is a word of a text, folded, and where it stands there, in bytes.
type Word struct {
	Text       string
	Start, End int
}

// Of returns the words of a text, in order.
func Of(text string) iter.Seq[Word] {
	return func(yield func(Word) bool) {
		for start := 0; ; {
			var end int
			if start, end = next(text, start); start == end {
				return
			}
			folded := fold(text[start:end])
			if folded != "" && !yield(Word{folded, start, end}) {
				return
			}
			start = end
		}
	}
}

// next returns where the first word from a place on begins and ends, twice the
// same place when there is none.
func next(text string, from int) (start, end int) {
	start = -1
	alone := false
	for i, r := range text[from:] {
		i += from
		inside := start >= 0
		switch {
		case !isWord(r):
			if inside {
				return start, i
			}
		case !inside:
			start, alone = i, isAlone(r)
		case !unicode.Is(unicode.M, r) && (alone || isAlone(r)):
			return start, i
		}
	}
	if start < 0 {
		return len(text), len(text)
	}
	return start, len(text)
}

// isWord says whether a character is part of a word.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// isAlone says whether a character is a word by itself.
func isAlone(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// fold makes equal what counts as the same word. The result has no ASCII
// characters but letters and digits.
func fold(word string) string {
	if isASCII(word) {
		return cut(strings.ToLower(word))
	}
	folded := strings.Map(foldRune, norm.NFKD.String(word))
	return cut(norm.NFC.String(folded))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldRune drops accents, and what compatibility has made of a character and is
// no part of a word, as the brackets of a number in brackets.
func foldRune(r rune) rune {
	if r >= 0x0300 && r <= 0x036f || !isWord(r) {
		return -1
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// cut ends a word after WordMax bytes, between characters.
func cut(word string) string {
	if len(word) <= WordMax {
		return word
	}
	end := WordMax
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}
