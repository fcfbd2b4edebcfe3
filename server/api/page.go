package api

import (
	"encoding/base64"

	"asappchat/protocol"
)

// pageToken makes the last key of a page the token of the next.
func pageToken(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// pageKey reads a token. No token is the first page, after the key "".
func pageKey(token string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", protocol.InvalidParam("page", "param \"page\" must be what \"next\" of the page before said")
	}
	return string(key), nil
}
