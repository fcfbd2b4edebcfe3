// Package words says what a word of a message is, and whether a message has
// what a search asks for. A store indexes what it finds here, the plain model
// and the snippets look for the same, so that all of them agree.
//
// A word is a run of letters, numbers and marks that belong to them; all else
// separates words, also "_", "'" and emoji, which cannot be found. Words are
// equal when they are after folding: without case, without accents (the
// combining marks U+0300 to U+036F), and with compatibility characters made
// plain (NFKC). In scripts that put no spaces between words (Han, Hiragana,
// Katakana, Thai, Lao, Khmer, Myanmar) every character is a word of its own: so
// any run of them is found as the phrase that it is, and also where it crosses
// what readers take for words. Of a word that is longer, the first [WordMax]
// bytes count.
//
// The package may import the Unicode packages norm and uniseg, and starts no
// goroutine. All its functions may be called from any goroutine.
package words
