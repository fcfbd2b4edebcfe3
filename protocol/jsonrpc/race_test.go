//go:build race

package jsonrpc_test

// The race detector allocates by itself.
func init() { countAllocations = false }
