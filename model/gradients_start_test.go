package model

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestGradientNormOfTheStart compares with dL/dh_0, which the device computes by itself, with all states and with some dropped.
func TestGradientNormOfTheStart(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	task, err := data.Open("copy", data.Config{Length: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	for _, form := range []Form{FormMatrix, FormLowRank} {
		for _, cell := range []string{"spectral", "rnn", "lstm", "gru"} {
			for _, dropped := range []float64{0, 0.4} {
				c := DefaultConfig(task.Spec())
				c.Cell, c.Hidden, c.Reflectors, c.Batch, c.Layers, c.Form, c.DropoutState = cell, 7, 3, 5, 2, form, dropped
				m, err := New(dev, c, DefaultOptimizer())
				if err != nil {
					t.Fatal(err)
				}
				all, err := m.GradientNorms(task)
				if err != nil || len(all) != 2 {
					t.Fatalf("%s: %v, %v", cell, all, err)
				}
				for i, s := range m.net.Train.Recurrences() {
					start, err := readDense(s.Start)
					if err != nil {
						t.Fatal(err)
					}
					if want := mat.Norm(start, 2); !(want > 0) || math.Abs(all[i][0]/want-1) > 1e-4 {
						t.Errorf("%s, %s, %g dropped, layer %d: ‖dL/dh_0‖ = %g, the device has %g", cell, form, dropped, i, all[i][0], want)
					}
				}
				m.Close()
			}
		}
	}
}
