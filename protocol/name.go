package protocol

import "strings"

// The bounds of a username, in characters, which are bytes.
const (
	usernameMin = 2
	usernameMax = 32
)

// conversationPrefix begins every conversation id and no username.
const conversationPrefix = "c:"

// conversationDigits is the length of 128 bits in base64url without padding
// (RFC 4648, section 5).
const conversationDigits = 22

// Username names an account, for ever; it is not given out twice. It has 2 to
// 32 characters of a-z 0-9 . _ and -. Capital letters become small ones on the
// way in.
//
//openrpc:schema {"pattern":"^[A-Za-z0-9._-]{2,32}$"}
type Username = string

// ConversationID names a conversation: "c:" and 22 characters of base64url,
// which are 128 random bits. It cannot be guessed, and no username looks like
// one.
//
//openrpc:schema {"pattern":"^c:[A-Za-z0-9_-]{22}$"}
type ConversationID = string

// Target is a conversation, by its id, or by a username: the direct
// conversation with that user. One's own username stands for notes to oneself.
//
//openrpc:schema {"pattern":"^(c:[A-Za-z0-9_-]{22}|[A-Za-z0-9._-]{2,32})$"}
type Target = string

// FoldUsername folds a username to lower case and says whether it is legal.
func FoldUsername(s string) (string, bool) {
	if len(s) < usernameMin || len(s) > usernameMax {
		return s, false
	}
	folded := strings.ToLower(s)
	if len(folded) != len(s) {
		return s, false
	}
	for _, c := range []byte(folded) {
		if !isAlphanumeric(c) && c != '.' && c != '_' && c != '-' {
			return s, false
		}
	}
	return folded, true
}

// IsConversationID says whether s has the form of a conversation id: "c:" and
// 22 characters of base64url, which are 128 random bits.
func IsConversationID(s string) bool {
	digits, ok := strings.CutPrefix(s, conversationPrefix)
	if !ok || len(digits) != conversationDigits {
		return false
	}
	for _, c := range []byte(digits) {
		if !isAlphanumeric(c) && !('A' <= c && c <= 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// checkUsername folds the username in *s.
func checkUsername(param string, s *string) *Error {
	folded, ok := FoldUsername(*s)
	if !ok {
		return InvalidParam(param, "param %q must be a username: %d to %d of a-z 0-9 . _ -", param, usernameMin, usernameMax)
	}
	*s = folded
	return nil
}

// checkTarget folds the username in *s, unless it is a conversation id.
func checkTarget(param string, s *string) *Error {
	if IsConversationID(*s) {
		return nil
	}
	if err := checkUsername(param, s); err != nil {
		return InvalidParam(param, "param %q must be a username or a conversation id", param)
	}
	return nil
}
