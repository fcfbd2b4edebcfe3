package api

import (
	"bytes"
	"testing"

	"github.com/google/uuid"

	"asappchat/protocol"
)

// Keys of UUIDs rise as the UUIDs do; any other client id has the key of its
// bytes alone.
func TestClientKeys(t *testing.T) {
	var before [16]byte
	for range 100 {
		key := clientKey(uuid.Must(uuid.NewV7()).String())
		if bytes.Compare(key[:], before[:]) <= 0 {
			t.Fatalf("%x after %x", key, before)
		}
		before = key
	}
	seen := make(map[[16]byte]string)
	for _, id := range []string{
		"0198c5a0-1b2c-7def-8abc-0123456789ab", "0198C5A0-1b2c-7def-8abc-0123456789ab", "0198c5a01b2c7def8abc0123456789ab",
		"0198c5a0-1b2c-7def-8abc-0123456789ag", "0198c5a0_1b2c-7def-8abc-0123456789ab", "a", "b", "a ",
	} {
		key := clientKey(id)
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q have one key", id, other)
		}
		seen[key] = id
	}
}

// All that a sender chose, and nothing else, is in the hash.
func TestContentHash(t *testing.T) {
	base := protocol.Message{Body: "a", Mentions: []string{"bo", "cy"}, ReplyTo: 3, Data: []byte(`{"x":1}`)}
	same := base
	same.At, same.ClientID, same.Conversation, same.Seq = 5, "x", "c:", 9
	if contentHash(&base) != contentHash(&same) {
		t.Error("something else is in it")
	}
	seen := map[[16]byte]int{contentHash(&base): -1}
	for i, m := range []protocol.Message{
		{Body: "b", Mentions: base.Mentions, ReplyTo: 3, Data: base.Data},
		{Body: "a", Mentions: []string{"bo"}, ReplyTo: 3, Data: base.Data},
		{Body: "a", Mentions: []string{"bocy"}, ReplyTo: 3, Data: base.Data},
		{Body: "a", Mentions: []string{"cy", "bo"}, ReplyTo: 3, Data: base.Data},
		{Body: "a", Mentions: base.Mentions, ReplyTo: 4, Data: base.Data},
		{Body: "a", Mentions: base.Mentions, ReplyTo: 3},
		{Body: `a{"x":1}`, Mentions: base.Mentions, ReplyTo: 3},
	} {
		hash := contentHash(&m)
		if other, taken := seen[hash]; taken {
			t.Errorf("%d and %d have one hash", i, other)
		}
		seen[hash] = i
	}
}
