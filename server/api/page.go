package api

import (
	"encoding/base64"

	"github.com/go-json-experiment/json"

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

// encodedSize is the size of an item of a page in JSON, with a comma.
func encodedSize(item any) int {
	if own, ok := item.(interface{ AppendJSON([]byte) []byte }); ok {
		buffer := answers.Get().(*[]byte)
		defer putAnswer(buffer)
		*buffer = own.AppendJSON((*buffer)[:0])
		return len(*buffer) + 1
	}
	encoded, err := json.Marshal(item)
	if err != nil {
		panic(err)
	}
	return len(encoded) + 1
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
