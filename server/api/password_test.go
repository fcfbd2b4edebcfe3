package api

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"asappchat/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPasswordHashes(t *testing.T) {
	ctx, g := context.Background(), newHashGate()
	hash, err := g.hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s %v", hash, err)
	}
	if again, _ := g.hash(ctx, "correct horse"); again == hash {
		t.Error("no salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if ok, err := g.verify(ctx, password, hash); ok != want || err != nil {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
	if ok, err := g.verify(ctx, "correct horse", ""); ok || err != nil {
		t.Errorf("an unknown user: %v %v", ok, err)
	}
}

// A stored hash that is damaged, or asks for too much, is refused before any
// work is done.
func TestStoredHashesAreBounded(t *testing.T) {
	good := newHashGate().dummy
	for _, hash := range []string{
		"x", "$argon2id$v=19$$$", strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=19456", "m=99999999", 1),
		strings.Replace(good, "t=2", "t=4000000000", 1), strings.Replace(good, "t=2", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=19456", "m=-1", 1),
		good[:len(good)-4], good + "!",
	} {
		if _, _, _, _, _, err := decodeHash(hash); err == nil {
			t.Errorf("%s was taken", hash)
		}
	}
	if _, _, _, _, _, err := decodeHash(good); err != nil {
		t.Errorf("%s: %v", good, err)
	}
}

// So many hashes run at once, so many wait, and the next one is told to come
// back.
func TestHashGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newHashGate()
		var leave []func()
		for range hashesRunning {
			l, err := g.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, l)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, hashesWaiting)
		for range hashesWaiting {
			go func() { // until it has its turn or is cancelled
				l, err := g.enter(ctx)
				if err == nil {
					l()
				}
				ended <- err
			}()
		}
		synctest.Wait()
		if _, err := g.enter(t.Context()); !errors.Is(err, &protocol.Error{Kind: protocol.RateLimited}) {
			t.Errorf("one too many: %v", err)
		}
		leave[0]()
		synctest.Wait()
		if n := len(ended); n != hashesWaiting {
			t.Errorf("%d had their turn", n)
		}
		leave[1]()
		cancel()
	})
}
