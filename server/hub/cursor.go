package hub

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"asappchat/store"
)

// Cursors makes places of the log opaque. A cursor is one AES block, the place
// and 64 bits that stand for the epoch, under the deployment's key, in
// base64url without padding (22 characters): it is the same for everybody, and
// tells nobody how much happened between two of them.
type Cursors struct {
	block cipher.Block
	epoch [8]byte
}

// cursorLength is that of an AES block in base64url.
const cursorLength = 22

// NewCursors returns the cursors of a log.
func NewCursors(head store.Head) (*Cursors, error) {
	block, err := aes.NewCipher(head.CursorKey)
	if err != nil {
		return nil, err
	}
	c := &Cursors{block: block}
	sum := sha256.Sum256([]byte(head.Epoch))
	copy(c.epoch[:], sum[:])
	return c, nil
}

// Cursor returns the cursor of a place.
func (c *Cursors) Cursor(p store.Place) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], uint64(p))
	copy(b[8:], c.epoch[:])
	c.block.Encrypt(b[:], b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Token makes places one opaque token: their cursors, one behind the other.
func (c *Cursors) Token(places ...store.Place) string {
	var token strings.Builder
	for _, p := range places {
		token.WriteString(c.Cursor(p))
	}
	return token.String()
}

// Places returns the n places of a token, and false when it is none of n
// places.
func (c *Cursors) Places(token string, n int) (places []store.Place, ok bool) {
	if len(token) != n*cursorLength {
		return nil, false
	}
	for cursor := range slices.Chunk([]byte(token), cursorLength) {
		p, ok := c.Place(string(cursor))
		if !ok {
			return nil, false
		}
		places = append(places, p)
	}
	return places, true
}

// Place returns the place of a cursor, and false when it is not a cursor of
// this log in this epoch.
func (c *Cursors) Place(cursor string) (store.Place, bool) {
	var b [aes.BlockSize]byte
	if base64.RawURLEncoding.DecodedLen(len(cursor)) != len(b) {
		return 0, false
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(cursor)); err != nil {
		return 0, false
	}
	c.block.Decrypt(b[:], b[:])
	place := store.Place(binary.BigEndian.Uint64(b[:8]))
	return place, place >= 0 && [8]byte(b[8:]) == c.epoch
}
