package main

import (
	"io"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestTrain(t *testing.T) {
	seen := map[string]bool{}
	defer func() {
		if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" && !seen["vulkan"] {
			t.Error("SPECTRAL_REQUIRE_GPU=1 and no Vulkan device was tried")
		}
	}()
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
