package data_test

import (
	"errors"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"pgregory.net/rapid"
)

// Every sample has one marker in each half and the sum of the marked values as its target.
func TestAddingSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.OneOf(rapid.IntRange(2, 9), rapid.SampledFrom([]int{31, 32, 33, 100, 129, 1000})).Draw(t, "length")
		task, err := data.Open("adding", data.Config{Length: length, Seed: rapid.Uint64().Draw(t, "seed"), ValidSize: 7})
		if err != nil {
			t.Fatal(err)
		}
		split := data.Split(rapid.IntRange(0, 2).Draw(t, "split"))
		b, rows := fill(t, task, split, rapid.IntRange(0, 3).Draw(t, "epoch"), 0, 8)
		for r := range rows {
			x := row(task.Spec(), b, r)
			var marked []int
			var sum float32
			for step := range length {
				switch marker := x[2*step+1]; marker {
				case 0:
				case 1:
					marked = append(marked, step)
					sum += x[2*step]
				default:
					t.Fatalf("marker %v", marker)
				}
			}
			if len(marked) != 2 || marked[0] >= length/2 || marked[1] < length/2 {
				t.Fatalf("T=%d: markers at %v", length, marked)
			}
			if b.Targets[r] != sum || b.Labels[r] != 0 {
				t.Fatalf("T=%d: target %v, label %d; the marked values add to %v", length, b.Targets[r], b.Labels[r], sum)
			}
		}
	})
}

// The constant predictor's error on the test split is the published 0.167, and each step of each half is
// marked equally often.
func TestAddingDistribution(t *testing.T) {
	task := mustOpen(t, "adding", data.Config{Length: 10})
	s := task.Spec()
	if s.TestSize != 10000 || s.TrainSize != data.Endless || s.Batches(data.Train, 7, 10) != data.Endless || s.Batches(data.Test, 128, 10) != 79 {
		t.Fatalf("spec %+v", s)
	}
	b, rows := fill(t, task, data.Test, 0, 0, s.TestSize)
	var mse, value float64
	counts := make([]float64, s.Length)
	for r := range rows {
		e := float64(b.Targets[r]) - 1
		mse += e * e / float64(rows)
		for step := range s.Length {
			at := (step*b.Size + r) * 2
			value += float64(b.Values[at]) / float64(rows*s.Length)
			counts[step] += float64(b.Values[at+1])
		}
	}
	if math.Abs(mse-s.Baseline) > 0.006 || math.Abs(s.Baseline-0.1667) > 1e-4 { // five standard errors
		t.Errorf("mean squared error %v of the constant 1, want %v", mse, s.Baseline)
	}
	if math.Abs(value-0.5) > 0.005 {
		t.Errorf("mean value %v", value)
	}
	for step, c := range counts {
		if math.Abs(c-2000) > 5*math.Sqrt(2000*0.8) {
			t.Errorf("step %d is marked %v times of 10000, want about 2000", step, c)
		}
	}
}

// A training size makes an epoch finite without repeating samples.
func TestAddingForms(t *testing.T) {
	task := mustOpen(t, "adding", data.Config{Length: 3, TrainSize: 10})
	s := task.Spec()
	if got := s.Batches(data.Train, 4, 3); got != 3 {
		t.Errorf("%d batches of 4 in 10 samples", got)
	}
	b := poisoned(s, 4, 3)
	rows, err := task.Fill(data.Train, 0, 2, b)
	if err != nil || rows != 2 || b.Targets[1] == 0 || b.Targets[2] != 0 {
		t.Errorf("last batch: %d rows, %v, targets %v", rows, err, b.Targets)
	}
	first, _ := fill(t, task, data.Train, 0, 0, 10)
	next, _ := fill(t, task, data.Train, 1, 0, 10)
	seen := map[float32]bool{}
	for _, target := range append(first.Targets, next.Targets...) {
		if seen[target] {
			t.Errorf("target %v comes twice in two epochs", target)
		}
		seen[target] = true
	}
}

func TestAddingRefuses(t *testing.T) {
	for _, c := range []data.Config{{Length: 1}, {Length: -3}, {Length: 1<<24 + 1}, {TrainSize: -1}, {ValidSize: -1}, {TestSize: -1}} {
		if _, err := data.Open("adding", c); !errors.Is(err, data.ErrConfig) {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}
