package hh_test

import (
	"errors"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func TestTune(t *testing.T) {
	dev := openCPU(t)
	best, timings, err := hh.Tune(dev, hh.ProductConfig{Batch: 4, Dim: 70, Reflectors: 70})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[hh.Algorithm]bool{}
	for i, x := range timings {
		seen[x.Config.Algorithm] = true
		if i > 0 && x.Median < timings[i-1].Median || x.Median <= 0 {
			t.Errorf("timings are not in order: %v", timings)
		}
	}
	if best != timings[0].Config || len(seen) != len(hh.Algorithms()) {
		t.Errorf("best is %+v of %v", best, timings)
	}
	// An algorithm that was asked for is kept.
	if best, _, err = hh.Tune(dev, hh.ProductConfig{Batch: 4, Dim: 70, Reflectors: 70, Algorithm: hh.BlockedWY, ForwardOnly: true}); err != nil || best.Algorithm != hh.BlockedWY || best.Block == 0 {
		t.Errorf("best is %+v, error %v", best, err)
	}
	if _, _, err := hh.Tune(dev, hh.ProductConfig{Batch: 4, Dim: 3, Reflectors: 5}); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("more reflectors than dimensions: %v", err)
	}
	if _, timings, err := hh.Tune(dev, hh.ProductConfig{Dim: 3}); err != nil || len(timings) != 0 {
		t.Errorf("nothing to measure: %v, %v", timings, err)
	}
}
