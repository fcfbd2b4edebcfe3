package wire

import (
	"net/netip"
	"slices"
	"sync"
)

// tooManyNewcomers is what a connection is told for which there is no place.
const tooManyNewcomers = "too many connections wait for login"

// newcomers counts the connections that have not logged in, in total and by
// address, and refuses those beyond a bound.
type newcomers struct {
	max, maxFrom int
	exempt       []netip.Prefix // from maxFrom

	mu    sync.Mutex
	total int
	from  map[netip.Addr]int
}

func newNewcomers(opts Options) *newcomers {
	return &newcomers{
		max:     opts.Newcomers,
		maxFrom: opts.NewcomersFrom,
		exempt:  opts.Proxies,
		from:    map[netip.Addr]int{},
	}
}

// enter counts one more from addr, or returns false when there are too many.
func (n *newcomers) enter(addr netip.Addr) bool {
	addr, counted := n.counted(addr)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.total >= n.max || counted && n.from[addr] >= n.maxFrom {
		return false
	}
	n.total++
	if counted {
		n.from[addr]++
	}
	return true
}

// leave takes back one enter.
func (n *newcomers) leave(addr netip.Addr) {
	addr, counted := n.counted(addr)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.total--
	if !counted {
		return
	}
	if n.from[addr]--; n.from[addr] == 0 {
		delete(n.from, addr)
	}
}

// short tells whether more than half of the places are taken.
func (n *newcomers) short() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.total > n.max/2
}

// counted returns what stands for addr in from, which is its /64 if it is of
// IPv6, since that is the least that one party holds; false if it is exempt.
func (n *newcomers) counted(addr netip.Addr) (netip.Addr, bool) {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.IsLoopback() {
		return addr, false
	}
	if slices.ContainsFunc(n.exempt, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return addr, false
	}
	if addr.Is6() {
		prefix, _ := addr.Prefix(64)
		addr = prefix.Addr()
	}
	return addr, true
}
