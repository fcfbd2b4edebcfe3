package chatclient

import (
	"flag"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"asappchat/store/storetest/chance"
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
		if err := s.run(chance.Seeded(seed, groups), func(...any) {}); err != nil {
			t.Fatalf("program %d: %v", seed, err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		if err := s.run(chance.Drawn(r, 24, 8), r.Log); err != nil {
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
		if err := s.run(chance.Seeded(seed, groups), t.Log); err != nil {
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
				if err := s.run(chance.Seeded(seed, groups), func(...any) {}); err != nil {
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

// Those of a program's group are begun one after another, and the group has
// ended when all are answered.
type (
	program = chance.Program
	choice  = chance.Choice
)

func pick[T any](from []T, n uint8) T { return from[int(n)%len(from)] }
