package protocol

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText bounds a name that is shown to people: at most so many characters,
// none of which controls the terminal or the direction of the text around it.
func checkText(param, s string, characters int) *Error {
	if utf8.RuneCountInString(s) > characters {
		return tooLong(param, characters, "characters")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.C, r) }) {
		return InvalidParam(param, "param %q must not hold control or format characters", param)
	}
	return nil
}

func checkNewPassword(param, password string) *Error {
	if len(password) > passwordMax {
		return tooLong(param, passwordMax, "bytes")
	}
	if len(password) < passwordMin {
		return InvalidParam(param, "param %q must have at least %d bytes", param, passwordMin)
	}
	return nil
}
