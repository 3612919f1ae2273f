package main

import (
	"io"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestTrain(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range gpu.List().Devices {
		if seen[d.Executor] {
			continue
		}
		seen[d.Executor] = true
		t.Run(d.Executor, func(t *testing.T) {
			accuracy, err := train(io.Discard, d.Executor, 800)
			if err != nil {
				t.Fatal(err)
			}
			if accuracy < 0.9 { // the larger class is 0.62 of the square
				t.Errorf("accuracy %.3f, want at least 0.9", accuracy)
			}
		})
	}
}
