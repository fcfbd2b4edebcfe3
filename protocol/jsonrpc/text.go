package jsonrpc

import (
	"bytes"
	"errors"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

var errTrailing = errors.New("more than one value")

// text returns what a JSON string says, "" for what is not a string. Without
// escapes, which is the rule, it points into the frame.
func text(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	if bytes.IndexByte(v, '\\') >= 0 {
		unquoted, _ := jsontext.AppendUnquote(nil, v)
		return string(unquoted)
	}
	return unsafe.String(unsafe.SliceData(v[1:]), len(v)-2)
}

// reason says what the decoder found, without where its own code stands.
func reason(err error) string {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return syntactic.Err.Error()
	}
	return "it ends too early"
}

// tooDeep says whether arrays and objects are nested deeper than limit. Most
// frames have fewer brackets in all, and counting those is much faster.
func tooDeep(data []byte, limit int) bool {
	if bytes.Count(data, []byte{'['})+bytes.Count(data, []byte{'{'}) <= limit {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
