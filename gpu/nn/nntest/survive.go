package nntest

import (
	"errors"
	"testing"
)

// Survive runs f and fails where it panics, or where its error is not of the kind; a nil kind wants none.
func Survive(t testing.TB, name string, kind error, f func() error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s panics: %v", name, r)
		}
	}()
	if err := f(); !errors.Is(err, kind) {
		t.Errorf("%s: error %v, want %v", name, err, kind)
	}
}
