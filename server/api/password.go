package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"asappchat/protocol"
)

// The parameters of argon2id (RFC 9106): the least that OWASP's password
// storage cheat sheet recommends, 19 MiB of memory and 2 passes in one thread.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
	// The most that a stored hash may ask for, so that a damaged row cannot
	// take the machine down.
	hashMemoryMax = 256 << 10
	hashPassesMax = 16
)

// hashGate bounds how many passwords are hashed at once, and how many wait.
type hashGate struct {
	running chan struct{}
	waiting chan struct{}
	// dummy is the hash that stands in for that of an unknown user, so that
	// it takes the same time to be refused.
	dummy string
}

const (
	hashesRunning = 2
	hashesWaiting = 64
)

func newHashGate() *hashGate {
	return &hashGate{
		running: make(chan struct{}, hashesRunning),
		waiting: make(chan struct{}, hashesRunning+hashesWaiting),
		dummy:   encodeHash(make([]byte, saltBytes), make([]byte, hashBytes)),
	}
}

// enter waits for a turn. It returns rate_limited at once when too many wait.
func (g *hashGate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.waiting <- struct{}{}:
	default:
		return nil, &protocol.Error{Kind: protocol.RateLimited, Message: "too many logins at once", RetryAfter: time.Second}
	}
	select {
	case g.running <- struct{}{}:
		return func() { <-g.running; <-g.waiting }, nil
	case <-ctx.Done():
		<-g.waiting
		return nil, ctx.Err()
	}
}

// hash returns the hash of a password in PHC string format.
func (g *hashGate) hash(ctx context.Context, password string) (string, error) {
	leave, err := g.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	return encodeHash(salt, argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashBytes)), nil
}

func encodeHash(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// verify says whether a password has a hash. An empty hash stands for an
// unknown user: it takes the time of a real one, and is never right.
func (g *hashGate) verify(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = g.dummy
	}
	memory, passes, threads, salt, key, err := decodeHash(hash)
	if err != nil {
		return false, err
	}
	leave, err := g.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1 && known, nil
}

func decodeHash(hash string) (memory, passes uint32, threads uint8, salt, key []byte, err error) {
	fields := strings.Split(hash, "$")
	var version int
	if len(fields) == 6 && fields[1] == "argon2id" {
		if _, err = fmt.Sscanf(fields[2]+" "+fields[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err == nil {
			salt, err = base64.RawStdEncoding.DecodeString(fields[4])
		}
		if err == nil {
			key, err = base64.RawStdEncoding.DecodeString(fields[5])
		}
	}
	if err != nil || version != argon2.Version || len(key) != hashBytes || threads == 0 ||
		passes == 0 || passes > hashPassesMax || memory > hashMemoryMax {
		return 0, 0, 0, nil, nil, fmt.Errorf("a stored password hash is not legible")
	}
	return memory, passes, threads, salt, key, nil
}
