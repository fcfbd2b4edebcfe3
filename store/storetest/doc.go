// Package storetest is the one suite that every store passes, and a faulty
// store for the tests of others.
//
// The name of each case is the sentence of package store's contract that it
// holds. There is no case that a store may skip. Some do a lot at random, and
// hold the store against the plain model of package model; one of them looks
// for a short program that fails, with package rapid. The package's own tests
// put small faults into a good store and make sure that the suite finds them,
// and that the model passes it.
//
// The package may import protocol, store, store/words, model and what tests use. [Run] starts goroutines in some
// cases, which end with them.
package storetest
