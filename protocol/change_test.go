package protocol_test

import (
	"testing"

	"asappchat/protocol"
)

// An emoji is one cluster with something to see. Format characters, which turn
// or hide the text around them, are in it only where emoji are made with them.
func TestWhatIsAnEmoji(t *testing.T) {
	limits := protocol.DefaultLimits()
	for emoji, want := range map[string]bool{
		"a":                                true,
		"\u00e9":                           true,
		"e\u0301":                          true,
		"\u2764\ufe0f":                     true, // a heart, in colour
		"1\ufe0f\u20e3":                    true, // a keycap
		"\U0001f44d\U0001f3fd":             true, // a thumb, of a skin
		"\U0001f1eb\U0001f1f7":             true, // a flag
		"\U0001f468\u200d\U0001f469":       true, // a family
		"\U0001f3f3\ufe0f\u200d\U0001f308": true, // a rainbow flag
		"\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": true, // the flag of England

		"":                           false,
		"ab":                         false,
		" ":                          false,
		"\n":                         false,
		"\u00a0":                     false,
		"\u00ad":                     false, // soft hyphen
		"\u061c":                     false, // Arabic letter mark
		"\u200b":                     false, // zero width space
		"\u200c":                     false, // zero width non-joiner
		"\u200d":                     false, // zero width joiner
		"\u200d\u200d":               false,
		"\u200e":                     false, // left-to-right mark
		"\u2028":                     false, // line separator
		"\u202e":                     false, // right-to-left override
		"\u2060":                     false, // word joiner
		"\u2066":                     false, // left-to-right isolate
		"\ufe0f":                     false, // variation selector
		"\ufeff":                     false, // byte order mark
		"\U000e0001":                 false, // language tag
		"\U000e0067":                 false, // tag
		"\U000e0067\U000e007f":       false,
		"a\u200c":                    false,
		"a\u202e":                    false,
		"\u0600a":                    false, // Arabic number sign
		"\U0001f44d\u2060":           false,
		"\U0001f44d\U000e0001":       false,
		"\U0001f468\U0001f469":       false, // two, not joined
		"\U0001f468\u200d\u200b":     false,
		"\U0001f468\ufe0f\u2066":     false,
		"\U0001f3f4\U000e0067\u202e": false,
	} {
		p := protocol.ReactParams{With: "bo", Seq: 1, Emoji: emoji}
		if err := p.Check(&limits); (err == nil) != want {
			t.Errorf("%+q: %v, want %t", emoji, err, want)
		} else if err != nil && err.Pointer != "/emoji" {
			t.Errorf("%+q: the pointer is %s", emoji, err.Pointer)
		}
	}
}
