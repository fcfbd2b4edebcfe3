package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// print writes an answer: v as a line of JSON, or else the text.
func (a *app) print(v any, format string, args ...any) error {
	if a.JSON {
		return a.printJSON(v)
	}
	_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
	return err
}

func (a *app) printJSON(v any) error {
	line, err := json.Marshal(v, jsontext.Multiline(false), json.Deterministic(true))
	if err != nil {
		return err
	}
	// Control characters of C1 and those of direction are legal in JSON, but
	// would reach the terminal.
	_, err = a.stdout.Write(append(escapeJSON(line), '\n'))
	return err
}

// escapeJSON writes what printable would escape in the way of JSON. It can
// only occur within strings.
func escapeJSON(line []byte) []byte {
	if !bytes.ContainsFunc(line, unsafe) {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		if unsafe(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// unsafe says whether a character drives the terminal, changes the direction
// of the text around it (Unicode Standard Annex 9) or breaks the line.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// printable is text as it may be shown on one line of a terminal.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unsafe(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// indented is text of several lines, of which all but the first are indented,
// so that none of them can be taken for another message.
func indented(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(printable(strings.ReplaceAll(line, "\t", "    ")), "\n", " ")
	}
	return strings.Join(lines, "\n    ")
}

// messageLine shows a message.
func messageLine(m protocol.Message) string {
	line := fmt.Sprintf("%s #%d %s", clock(m.At), m.Seq, printable(m.Sender))
	if m.Deleted {
		return line + " * deleted"
	}
	line += ": " + indented(m.Body)
	if m.EditedAt != 0 {
		line += " (edited)"
	}
	for _, r := range m.Reactions {
		line += fmt.Sprintf(" [%s %d]", printable(r.Emoji), r.Count)
	}
	return line
}

// userLine shows a user.
func userLine(u protocol.User) string {
	line := strings.TrimRight(printable(u.Username)+"  "+printable(u.DisplayName), " ")
	if u.Status != "" {
		line += "  (" + printable(u.Status) + ")"
	}
	return line
}

// memberLine shows a member.
func memberLine(m protocol.Member) string {
	line := printable(m.Username) + "  " + printable(string(m.Role))
	if m.ReadSeq != 0 {
		line += fmt.Sprintf("  read up to #%d", m.ReadSeq)
	}
	return line
}

// count says how many of something there are.
func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clock shows a time in the local time zone.
func clock(t protocol.Time) string {
	if t == 0 {
		return "-"
	}
	return t.Time().Local().Format(time.DateTime)
}
