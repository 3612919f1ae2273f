package model_test

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// streamConfig returns a network that reads a stream in batches of that length.
func streamConfig(cell string, length int) model.Config {
	return model.Config{Cell: cell, Length: length, Batch: 3, Stream: true, Input: data.Tokens(5), Output: data.Output{Width: 5, Where: data.EveryStep}, Hidden: 6, Layers: 2,
		Reflectors: 2, Radius: 0.2, Center: 1, Activation: "tanh", Seed: 4}
}

// still is an optimiser that moves nothing.
func still() model.Optimizer {
	o := model.DefaultOptimizer()
	o.Name, o.LR, o.Clip, o.Schedule, o.Warmup = "sgd", 1e-30, 0, model.Constant, 0
	o.LRDecay = 1
	return o
}

// passage writes steps from on of one long stream into a batch, and what is asked there.
func passage(b data.Batch, from int) {
	src := philox.New(6, 6)
	const most = 64
	stream := make([]int32, most*b.Size)
	for i := range stream {
		stream[i] = int32(src.IntN(5))
	}
	for i := range b.Tokens {
		b.Tokens[i], b.Labels[i] = stream[from*b.Size+i], stream[(from+1)*b.Size+i]
	}
}

// TestStateIsCarried: what two batches of a stream say is what one of twice the length says, in training and in evaluation; the other order, or
// the initial state between them, says something else.
func TestStateIsCarried(t *testing.T) {
	const length = 4
	dev := open(t, "cpu") // which other devices agree with
	for _, cell := range model.Cells() {
		if info, _ := model.FindCell(cell); !info.Time {
			continue
		}
		t.Run(cell, func(t *testing.T) {
			for _, train := range []bool{true, false} {
				run := func(length int, resetBetween bool, from ...int) (sum float64, each []float64) {
					m := newNetwork(t, dev, streamConfig(cell, length), still())
					for i, at := range from {
						if i > 0 && resetBetween {
							if err := m.ResetStates(train); err != nil {
								t.Fatal(err)
							}
						}
						s := one(t, m, train, at)
						each, sum = append(each, s), sum+s
					}
					return sum, each
				}
				whole, _ := run(2*length, false, 0)
				parts, _ := run(length, false, 0, length)
				if math.Abs(parts-whole) > 1e-5*whole {
					t.Errorf("train %v: the losses of two batches add up to %g, that of both as one is %g", train, parts, whole)
				}
				_, ordered := run(length, false, 0, length)
				_, shuffled := run(length, false, length, 0)
				_, reset := run(length, true, 0, length)
				if far := 5e-6 * whole; math.Abs(ordered[1]-shuffled[0]) < far || math.Abs(ordered[0]-shuffled[1]) < far || math.Abs(ordered[1]-reset[1]) < far {
					t.Errorf("train %v: losses in order %g, in the other %g, with a reset between %g", train, ordered, shuffled, reset)
				}
				if shuffled[0] != reset[1] {
					t.Errorf("train %v: after a reset the loss is %g, at the beginning %g", train, reset[1], shuffled[0])
				}
			}
		})
	}
}

// TestStreamsAreApart: evaluations between the batches of training leave the state of training alone, and the other way round.
func TestStreamsAreApart(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		for _, cell := range []string{"spectral", "rnn", "lstm"} {
			alone, mixed := newNetwork(t, dev, streamConfig(cell, 4), still()), newNetwork(t, dev, streamConfig(cell, 4), still())
			for from := 0; from < 16; from += 4 {
				one(t, mixed, false, 40-from)
				if want, got := one(t, alone, true, from), one(t, mixed, true, from); got != want {
					t.Errorf("%s: the loss of training at step %d is %g with evaluations between, %g without", cell, from, got, want)
				}
			}
		}
	})
}

// one runs a step on the passage at from, and returns the sum of its losses.
func one(t *testing.T, m *model.Network, train bool, from int) float64 {
	t.Helper()
	if !train {
		passage(m.EvalBatch(), from)
		s, err := m.EvalStep()
		if err != nil {
			t.Fatal(err)
		}
		return s.LossSum
	}
	passage(m.Batch(), from)
	s, err := m.TrainStep(model.Position{}, len(m.Batch().Labels))
	if err != nil || !s.Finite {
		t.Fatalf("%+v, %v", s, err)
	}
	return s.LossSum
}
