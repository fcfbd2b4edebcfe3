package server_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

// longBody is a text of which an edit takes out 31 times 512 bytes.
var longBody = strings.Repeat("x ", 31*512/2)

// counting runs a server on which no time passes.
func counting(t *testing.T) *servertest.Server {
	now := time.Now()
	return servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Now = func() time.Time { return now }
		c.Limits.SendBurst, c.Limits.SendRate = 1000, 1
	}))
}

func another(s *servertest.Server, username string) *servertest.Client {
	c := s.Dial()
	c.Call("login", protocol.LoginParams{Username: username})
	return c
}

// However many edits a user has under way, on however many connections, no more are
// done than are paid for, but for one of each connection.
func TestEditsUnderWayAreBounded(t *testing.T) {
	s := counting(t)
	s.Login("ana").Call("send", protocol.SendParams{To: "ana", Body: longBody})
	const connections, edits = 5, 100
	var done atomic.Int64
	var wg sync.WaitGroup
	for k := range connections {
		c := another(s, "ana")
		for i := range edits {
			c.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"edit","params":["ana",1,"%d %d %s"]}`, k, i, longBody))
		}
		wg.Go(func() { // ends with the last answer
			for range edits {
				m, err := c.Next()
				if err != nil {
					t.Error(err)
					return
				}
				if m.Error == nil {
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	const paid = 999 / 32
	if n := done.Load(); n < paid || n > paid+connections {
		t.Errorf("%d edits were done, %d were paid for", n, paid)
	}
}

// Who does not wait for what they have asked for pays for it nevertheless.
func TestWhoHasGoneIsChargedForEdits(t *testing.T) {
	s := counting(t)
	ana := s.Login("ana")
	ana.Call("send", protocol.SendParams{To: "ana", Body: longBody})
	edited := func() (n int64) {
		var page protocol.HistoryResult
		if err := json.Unmarshal(ana.Call("history", protocol.HistoryParams{With: "ana"}), &page); err != nil {
			t.Fatal(err)
		}
		return page.Messages[0].Rev - 1
	}
	for i := 0; edited() < 60 && i < 200; i++ { // some are not read any more, and once all is spent none is done
		c := another(s, "ana")
		c.Write(fmt.Sprintf(`{"jsonrpc":"2.0","method":"edit","params":["ana",1,"%d %s"]}`, i, longBody))
		c.Close()
	}
	if n := edited(); n > 999/32+8 { // some were asked for before the one before was charged
		t.Errorf("%d edits were done", n)
	}
}
