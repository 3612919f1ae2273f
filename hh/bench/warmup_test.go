package bench

import (
	"errors"
	"testing"
	"time"
)

func TestWarmUp(t *testing.T) {
	// Rounds that get faster, as those of a card that was idle, until two are alike.
	waits := []time.Duration{80, 40, 20, 20, 20, 20}
	n := 0
	if err := WarmUp(func() error {
		time.Sleep(waits[min(n, len(waits)-1)] * time.Millisecond)
		n++
		return nil
	}); err != nil || n < 4 {
		t.Errorf("%d rounds, %v; want at least 4, of which the last two are alike", n, err)
	}
	n = 0
	if err := WarmUp(func() error { n++; time.Sleep(600 * time.Millisecond * time.Duration(n)); return nil }); err != nil || n != 2 {
		t.Errorf("%d rounds that get slower, %v; want an end after a second", n, err)
	}
	failed := errors.New("failed")
	if err := WarmUp(func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
