package conformance

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// silentMax is in how many cases nothing at all comes from a server that is taken
// for dead: as many as are played at once by default, so that one Wait tells.
const silentMax = 8

// patrol gives a run up that has taken too long, and one against a server from
// which nothing comes any more. Its methods may be called from any goroutine.
type patrol struct {
	giveUp context.CancelCauseFunc // with what is true of the cases that are left, as untested
	wait   time.Duration
	silent atomic.Int32 // cases since something came
}

// patrol returns the context of a run, which end releases.
func (o Options) patrol(ctx context.Context) (running context.Context, p *patrol, end func()) {
	running, giveUp := context.WithCancelCause(ctx)
	late := time.AfterFunc(o.Limit, func() {
		giveUp(untested(fmt.Sprintf("the run has taken longer than %v", o.Limit)))
	})
	return running, &patrol{giveUp: giveUp, wait: o.Wait}, func() {
		late.Stop()
		giveUp(nil)
	}
}

// saw is told of each case that was played: whether anything came in it.
func (p *patrol) saw(out Outcome, heard bool) {
	switch {
	case heard:
		p.silent.Store(0)
	case out.Status == Failed && out.Took >= p.wait && p.silent.Add(1) >= silentMax:
		p.giveUp(untested(fmt.Sprintf("nothing at all came from the server in %d cases, each of which waited for %v", silentMax, p.wait)))
	}
}
