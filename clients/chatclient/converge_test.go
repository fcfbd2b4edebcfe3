package chatclient

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// These tests hold a whole system to its first promise: whatever a few users do,
// each on a few devices that lose their connections, stop for long and start
// again from what they saved, over restarts of the server, in the end all devices
// show what a fresh login does, and that is what the plain model of the store
// says. See world for what is done, and faults for what this has been shown to
// find.

// programsInShort is how many programs TestConverge runs unless it is told,
// by -rapid.checks.
const programsInShort = "12"

func TestConverge(t *testing.T) {
	programs := programs()
	s := newSystem(t, 4, fault{})
	for seed := range uint64(programs / 3) { // long ones, which see more; they do not become shorter
		if err := s.run(seeded(seed, groups), func(...any) {}); err != nil {
			t.Fatalf("program %d: %v", seed, err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		if err := s.run(drawn(r), r.Log); err != nil {
			r.Fatal(err)
		}
	})
}

// programs is how many are to be run.
func programs() int {
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "rapid.checks" })
	if !told {
		flag.Set("rapid.checks", programsInShort)
	}
	n, _ := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return n
}

// Events that come again, long after they were applied, change nothing. The list
// has one page here: what became active while several were read takes its place
// by an event that tells nothing new, and no server sends those of before.
func TestConvergeWithDoubles(t *testing.T) {
	s := newSystem(t, plenty, fault{store: again})
	for seed := range uint64(3) {
		if err := s.run(seeded(seed, groups), t.Log); err != nil {
			t.Fatal(err)
		}
	}
}

// A fault in the server or in the client that breaks one of the promises is found
// by one of the first programs.
func TestConvergeFinds(t *testing.T) {
	const programs = 30
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time is spent waiting for connections
			s := newSystem(t, plenty, f)
			for seed := range uint64(programs) {
				if err := s.run(seeded(seed, groups), func(...any) {}); err != nil {
					t.Logf("found by program %d: %.300v", seed, err)
					return
				}
			}
			t.Errorf("not found by %d programs", programs)
		})
	}
}

// groups is how many a seeded program has: enough for one of the first to find
// what is wrong.
const groups = 40

// program is groups of choices. Those of a group are begun one after another,
// and the group has ended when all are answered.
type program [][]choice

// choice is something to do, told by numbers that mean something only together
// with what there is when it is done. So every program can be run, also after
// something has been taken out of it.
type choice struct{ What, Who, Whom, Where, N uint8 }

// drawn makes programs for package rapid, which looks for a short one that
// fails.
func drawn(t *rapid.T) program {
	one := rapid.Custom(func(t *rapid.T) choice {
		b := rapid.SliceOfN(rapid.Uint8(), 5, 5).Draw(t, "numbers")
		return choice{b[0], b[1], b[2], b[3], b[4]}
	})
	return rapid.SliceOfN(rapid.SliceOfN(one, 1, 8), 1, 24).Draw(t, "program")
}

// seeded is always the same program for a seed.
func seeded(seed uint64, groups int) program {
	r := rand.New(rand.NewPCG(seed, 1))
	p := make(program, groups)
	for i := range p {
		for range 1 + r.IntN(8) {
			n := r.Uint64()
			p[i] = append(p[i], choice{uint8(n), uint8(n >> 8), uint8(n >> 16), uint8(n >> 24), uint8(n >> 32)})
		}
	}
	return p
}

func (c choice) String() string {
	return fmt.Sprintf("{%d %d %d %d %d}", c.What, c.Who, c.Whom, c.Where, c.N)
}

func pick[T any](from []T, n uint8) T { return from[int(n)%len(from)] }
