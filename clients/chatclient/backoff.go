package chatclient

import (
	"errors"
	"math/rand/v2"
	"time"

	"asappchat/protocol"
)

// Backoff says how long a client waits before it tries again: a random time
// between nothing and Base, which doubles with each failure up to Cap ("full
// jitter"), so that clients which lost their server together come back spread.
// The failures are forgotten when a connection was of use (a call was answered,
// or an event came) or has lasted for Cap.
type Backoff struct {
	Base time.Duration // 0 for 250 ms
	Cap  time.Duration // 0 for 30 s
}

// delay draws the time to wait after so many failures before this one.
func (b Backoff) delay(failures int) time.Duration {
	ceiling := b.Cap
	if failures < 30 && b.Base<<failures < b.Cap {
		ceiling = b.Base << failures
	}
	return rand.N(ceiling + 1)
}

// delayAfter is delay, and longer where the error asks for it.
func (b Backoff) delayAfter(err error, failures int) time.Duration {
	var refused *protocol.Error
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		return refused.RetryAfter + b.delay(0)
	}
	var full *HandshakeError
	if errors.As(err, &full) && full.RetryAfter > 0 {
		return full.RetryAfter + b.delay(0)
	}
	var closed *CloseError
	if errors.As(err, &closed) && closed.Code == protocol.CloseOverloaded {
		return rand.N(b.Cap + 1)
	}
	return b.delay(failures)
}

// maxDelay bounds what a server may ask for.
const maxDelay = 24 * time.Hour

// millis turns milliseconds of the wire into a duration that makes sense.
func millis(n int64) time.Duration {
	return time.Duration(min(max(n, 0), maxDelay.Milliseconds())) * time.Millisecond
}
