package data_test

import (
	"errors"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"pgregory.net/rapid"
)

// Every sequence is ten symbols, blanks, one delimiter, ten blanks, and asks for its symbols at the end.
func TestCopySequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lag := rapid.OneOf(rapid.IntRange(1, 9), rapid.SampledFrom([]int{31, 32, 33, 100, 1000})).Draw(t, "lag")
		task, err := data.Open("copy", data.Config{Length: lag, Seed: rapid.Uint64().Draw(t, "seed"), ValidSize: 7})
		if err != nil {
			t.Fatal(err)
		}
		s := task.Spec()
		b, counted := fill(t, task, data.Split(rapid.IntRange(0, 2).Draw(t, "split")), rapid.IntRange(0, 3).Draw(t, "epoch"), 0, 8)
		if s.Length != lag+20 || counted%s.Length != 0 {
			t.Fatalf("length %d, %d counted", s.Length, counted)
		}
		for r := range counted / s.Length {
			one := rowBatch(s, b, r)
			for step, token := range one.Tokens {
				want, label := int32(8), int32(8)
				switch {
				case step < 10:
					want = token
					if token > 7 {
						t.Fatalf("symbol %d", token)
					}
				case step == lag+9:
					want = 9
				}
				if step >= lag+10 {
					label = one.Tokens[step-lag-10]
				}
				if token != want || one.Labels[step] != label {
					t.Fatalf("lag %d, step %d: token %d, label %d; want %d and %d", lag, step, token, one.Labels[step], want, label)
				}
			}
		}
	})
}

func TestCopyDistribution(t *testing.T) {
	task := mustOpen(t, "copy", data.Config{Length: 100, Seed: 4})
	s := task.Spec()
	if math.Abs(s.Baseline-0.173287) > 1e-6 || s.TrainSize != data.Endless || s.Output.Tail != 10 || s.Output.Width != 9 || s.Input != data.Tokens(10) {
		t.Errorf("spec %+v", s)
	}
	b, counted := fill(t, task, data.Test, 0, 0, s.TestSize)
	if counted != 1000*120 {
		t.Errorf("%d targets", counted)
	}
	for step := range 10 {
		counts := make([]float64, 8)
		for _, token := range b.Tokens[step*b.Size : (step+1)*b.Size] {
			counts[token]++
		}
		var chi float64 // squared deviations from 125 each, in units of it: 7 degrees of freedom
		for _, c := range counts {
			chi += (c - 125) * (c - 125) / 125
		}
		if chi > 29.9 { // exceeded once in 10,000
			t.Errorf("step %d: symbols come %v times", step, counts)
		}
	}
}

func TestCopyRefuses(t *testing.T) {
	for _, c := range []data.Config{{Length: -3}, {Length: 1<<24 + 1}, {TrainSize: -1}} {
		if _, err := data.Open("copy", c); !errors.Is(err, data.ErrConfig) {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}
