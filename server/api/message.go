package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) messageMethods() []row {
	return []row{
		command(protocol.Send, a.send, sent),
		query(protocol.History, a.history),
	}
}

func (a *API) send(_ context.Context, s *Session, p protocol.SendParams) (store.Mutation, error) {
	if err := s.rate.allowNext(a.Now(), 1, sends); err != nil {
		return nil, err
	}
	m := &store.Append{To: p.To, Message: protocol.Message{
		Sender:   s.username,
		Body:     p.Body,
		At:       a.now(),
		ClientID: p.ClientID,
		Mentions: p.Mentions,
		Data:     p.Data,
	}}
	if p.ReplyTo != nil {
		m.Message.ReplyTo = *p.ReplyTo
	}
	if p.ClientID != "" {
		m.Key, m.Content = clientKey(p.ClientID), contentHash(&m.Message)
	}
	if !protocol.IsConversationID(p.To) {
		m.NewID = newConversationID()
	}
	return m, nil
}

func sent(_ *Session, o store.Outcome) protocol.SendResult { return o.Value.(protocol.SendResult) }

// uuidLength is that of the canonical form of RFC 9562, with four hyphens.
const uuidLength = 36

// clientKey makes a client id its key. Any other form of a UUID than the
// canonical one, in lower case, is another client id.
func clientKey(id string) store.ClientKey {
	if key, ok := uuidKey(id); ok {
		return key
	}
	sum := sha256.Sum256([]byte(id))
	return store.ClientKey(sum[:])
}

func uuidKey(id string) (key store.ClientKey, ok bool) {
	if len(id) != uuidLength || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return key, false
	}
	for _, c := range []byte(id) {
		if 'A' <= c && c <= 'F' {
			return key, false
		}
	}
	var digits [32]byte
	n := copy(digits[:], id[:8])
	n += copy(digits[n:], id[9:13])
	n += copy(digits[n:], id[14:18])
	n += copy(digits[n:], id[19:23])
	copy(digits[n:], id[24:])
	_, err := hex.Decode(key[:], digits[:])
	return key, err == nil
}

// contentHash covers what a sender chose, each part behind its length.
func contentHash(m *protocol.Message) store.ContentHash {
	content := make([]byte, 0, 512)
	content = appendPart(content, m.Body)
	content = appendPart(content, string(m.Data))
	content = binary.BigEndian.AppendUint64(content, uint64(m.ReplyTo))
	for _, name := range m.Mentions {
		content = appendPart(content, name)
	}
	sum := sha256.Sum256(content)
	return store.ContentHash(sum[:])
}

func appendPart(b []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(part))), part...)
}
