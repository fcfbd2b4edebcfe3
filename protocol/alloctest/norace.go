//go:build !race

package alloctest

// countable says that allocations are those of the code alone.
const countable = true
