package api

import (
	"encoding/base64"

	"asappchat/protocol"
)

// cutPage ends a page of items after limit of them, or before they pass so many
// bytes of JSON, and says whether it left some. It keeps at least one.
func cutPage[T any](items []T, limit, bytes int) (page []T, more bool) {
	size := 0
	for i := range items {
		if size += encodedSize(&items[i]); i > 0 && size > bytes-pageFrame || i == limit {
			return items[:i], true
		}
	}
	return items, false
}

// pageToken makes the last key of a page the token of the next.
func pageToken(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// pageKey reads a token. No token is the first page, after the key "".
func pageKey(token string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", errPage
	}
	return string(key), nil
}

var errPage = protocol.InvalidParam("page", "param \"page\" must be what \"next\" of the page before said")
