package protocol

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Edit replaces the body of a message that the caller has sent, and raises its
// rev. Earlier bodies are not kept. Replacing it with itself changes nothing.
// A deleted message is not_found. To the other of a direct conversation who does
// not accept the caller's messages it is not_accepting.
var Edit = command[EditParams, MessageResult]("edit", fails(NotFound, Forbidden, NotAccepting, RateLimited))

// EditParams are the params of edit.
type EditParams struct {
	With Target `json:"with"`
	Seq  Seq    `json:"seq"`
	Body Body   `json:"body"` // the new one
}

// MessageResult is a message as it is after the change.
type MessageResult struct {
	Message Message `json:"message"`
}

func (p *EditParams) Check(limits *Limits) *Error {
	if err := checkMessage(&p.With, p.Seq); err != nil {
		return err
	}
	return checkBody(p.Body, limits)
}

// checkMessage bounds the params that name a message.
func checkMessage(with *string, seq int64) *Error {
	if err := checkTarget("with", with); err != nil {
		return err
	}
	if seq < 1 {
		return InvalidParam("seq", "param \"seq\" must be the seq of a message")
	}
	return nil
}

func checkBody(body string, limits *Limits) *Error {
	if strings.ContainsRune(body, 0) {
		return InvalidParam("body", "param \"body\" must not hold U+0000")
	}
	if len(body) > limits.Body {
		return tooLarge("body", limits.Body, "bytes")
	}
	return nil
}

// Delete takes away what a message says, and leaves a tombstone: one's own
// message, or in a group, as an owner or admin, anybody's. Deleting a
// tombstone changes nothing.
var Delete = command[DeleteParams, MessageResult]("delete", fails(NotFound, Forbidden, RateLimited))

// DeleteParams are the params of delete.
type DeleteParams struct {
	With Target `json:"with"`
	Seq  Seq    `json:"seq"`
}

func (p *DeleteParams) Check(*Limits) *Error { return checkMessage(&p.With, p.Seq) }

// React puts an emoji of the caller's under a message. Doing so again changes
// nothing. A deleted message is not_found.
var React = command[ReactParams, MessageResult]("react", fails(NotFound, Forbidden, NotAccepting, RateLimited))

// Unreact takes an emoji of the caller's away from under a message. Doing so
// again changes nothing. A deleted message is not_found.
var Unreact = command[ReactParams, MessageResult]("unreact", fails(NotFound, Forbidden, RateLimited))

// ReactParams are the params of react and unreact.
type ReactParams struct {
	With Target `json:"with"`
	Seq  Seq    `json:"seq"`
	// One grapheme cluster (Unicode, UAX 29) of up to 32 bytes in which there is
	// something to see, without white space and control characters.
	//
	//openrpc:schema {"maxLength":32}
	Emoji string `json:"emoji"`
}

// emojiMax bounds an emoji, in bytes.
const emojiMax = 32

func (p *ReactParams) Check(*Limits) *Error {
	if err := checkMessage(&p.With, p.Seq); err != nil {
		return err
	}
	if len(p.Emoji) > emojiMax {
		return tooLong("emoji", emojiMax, "bytes")
	}
	if !isEmoji(p.Emoji) {
		return InvalidParam("emoji", "param \"emoji\" must be one character as people see it")
	}
	return nil
}

// isEmoji says whether a string is one grapheme cluster in which there is
// something to see, and nothing that controls the text around it.
func isEmoji(s string) bool {
	seen := false
	for _, r := range s {
		switch {
		case r == zeroWidthJoiner, firstTag <= r && r <= lastTag, unicode.Is(unicode.Variation_Selector, r):
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return false
		default:
			seen = true
		}
	}
	return seen && uniseg.GraphemeClusterCount(s) == 1
}

// The format characters that emoji are made with: what joins several into one,
// and the tags after a flag that say of which region it is (UTS 51, 2.3 and appendix C).
const (
	zeroWidthJoiner = '\u200d'
	firstTag        = '\U000e0020'
	lastTag         = '\U000e007f'
)
