//go:build race

package alloctest

const countable = false
