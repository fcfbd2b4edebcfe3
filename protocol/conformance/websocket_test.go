package conformance

import (
	"bufio"
	"encoding/hex"
	"strings"
	"testing"
)

// The frames of clients as bytes; the first two are examples of RFC 6455,
// section 5.7.
func TestFrameNotation(t *testing.T) {
	for _, c := range []struct{ form, want string }{
		{"text key 37fa213d: Hello", "81 85 37fa213d 7f9f4d5158"},
		{"text unmasked cut 3: Hello", "01 03 48656c 80 02 6c6f"},
		{"text key 00000000 more: a", "01 81 00000000 61"},
		{"0xb rsv1 rsv3 unmasked:", "db 00"},
		{"ping unmasked: a: b", "89 04 613a2062"},
		{"close unmasked", "88 00"},
		{"close 1000 unmasked: bye", "88 05 03e8 627965"},
		{"close unmasked: $(hex 0000)", "88 02 0000"},
		{"binary unmasked length 126: a", "82 7e007e 61"},
		{"text unmasked length 65536", "81 7f0000000000010000"},
	} {
		form, text, err := parseForm(c.form, true)
		if err != nil {
			t.Errorf("%s: %v", c.form, err)
			continue
		}
		text, _ = variables{}.expand(text)
		if got, want := hex.EncodeToString(form.frames(text)), strings.ReplaceAll(c.want, " ", ""); got != want {
			t.Errorf("%s: %s, want %s", c.form, got, want)
		}
	}
}

func TestFramesOfServersAreReadStrictly(t *testing.T) {
	for raw, want := range map[string]string{
		"81 00":                             "",
		"81 7e007e":                         "unexpected EOF",
		"81 7e007d":                         "shortly",
		"81 7f000000000000ffff":             "shortly",
		"81 7fffffffffffffffff":             "bytes",
		"81 80 00000000":                    "masked",
		"91 00":                             "reserved bit",
		"83 00":                             "opcode 3",
		"8b 00":                             "opcode 11",
		"09 00":                             "in fragments",
		"8a 7e007e":                         "too long",
		"81":                                "unexpected EOF",
		"81 05 48656c":                      "unexpected EOF",
		"":                                  "EOF",
		"82 02 0000":                        "",
		"89 7d" + strings.Repeat("00", 125): "",
	} {
		bytes, err := hex.DecodeString(strings.ReplaceAll(raw, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = readFrame(bufio.NewReader(strings.NewReader(string(bytes))))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40s: %v, want %q", raw, err, want)
		}
	}
}

func TestCloseCodes(t *testing.T) {
	for payload, want := range map[string]int{
		"":                 1005,
		"\x03":             0,
		"\x03\xe8":         1000,
		"\x03\xe8bye":      1000,
		"\x03\xe8\xff":     0,
		"\x03\xec":         0, // 1004
		"\x03\xed":         0, // 1005
		"\x03\xee":         0, // 1006
		"\x03\xf4restart":  1012,
		"\x03\xf7":         0, // 1015
		"\x07\xd0":         0, // 2000
		"\x0b\xb8":         3000,
		"\x0f\xa0":         4000,
		"\x13\x87":         4999,
		"\x13\x88":         0, // 5000
		"\x00\x00":         0,
		"\x03\xe7":         0, // 999
		"\x03\xe9\xc3\xa9": 1001,
	} {
		if got, err := closeCode([]byte(payload)); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", payload, got, err, want)
		}
	}
}
