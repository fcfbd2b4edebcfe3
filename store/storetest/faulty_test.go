package storetest_test

import (
	"errors"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest"
)

func TestFaulty(t *testing.T) {
	s := storetest.Faulty(open(t))
	create := func(name string) error {
		_, err := s.Commit(t.Context(), []store.Mutation{&store.CreateUser{User: protocol.User{Username: name}}})
		return err
	}
	exists := func(name string) bool {
		_, err := s.Account(t.Context(), name)
		return err == nil
	}
	s.FailNext(store.ErrFull)
	if err := create("a"); !errors.Is(err, store.ErrFull) || exists("a") {
		t.Error("FailNext: ", err, exists("a"))
	}
	s.LoseNext(store.ErrUnknownOutcome)
	if err := create("b"); !errors.Is(err, store.ErrUnknownOutcome) || !exists("b") {
		t.Error("LoseNext: ", err, exists("b"))
	}
	release := s.Hold()
	done := make(chan error)
	go func() { done <- create("c") }() // ends when it is released
	<-s.Held()
	if exists("c") {
		t.Error("applied while held")
	}
	release()
	if err := <-done; err != nil || !exists("c") {
		t.Error("Hold: ", err)
	}
	if err := create("d"); err != nil || !exists("d") {
		t.Error("after release: ", err)
	}
}
