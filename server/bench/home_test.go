package main

import (
	"slices"
	"testing"

	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// What changes is the same of all users: ten conversations, one of them a group.
func TestChanged(t *testing.T) {
	for _, n := range []int{homeFew, quick.home.conversations, full.home.conversations} {
		numbers := programs.Changed(n)
		groups := 0
		for _, number := range numbers {
			if with, _ := programs.HomeWith(n, number); protocol.IsConversationID(with) {
				groups++
			}
		}
		distinct := slices.Compact(slices.Sorted(slices.Values(numbers)))
		if len(distinct) != missed || distinct[0] < 0 || distinct[missed-1] >= n || groups != 1 {
			t.Errorf("of %d conversations %v change, %d of them groups", n, numbers, groups)
		}
	}
}
