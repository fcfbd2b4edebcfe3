package hub

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

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
