package data_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"pgregory.net/rapid"
)

// Sizes of the small MNIST that the tests make.
const (
	smallTrain = 53
	smallTest  = 21
)

// smallMNIST returns a data directory with a small set in the form of MNIST.
func smallMNIST(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := datatest.WriteMNIST(dir, smallTrain, smallTest, 1); err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustOpen(t testing.TB, name string, c data.Config) data.Task {
	t.Helper()
	task, err := data.Open(name, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { task.Close() })
	return task
}

// tasks opens every task in a small form.
func tasks(t testing.TB, seed uint64) map[string]data.Task {
	dir := smallMNIST(t)
	all := map[string]data.Task{}
	for _, name := range data.TaskNames() {
		c := data.Config{Dir: dir, Seed: seed, Length: 28, ValidSize: 10}
		all[name] = mustOpen(t, name, c)
	}
	return all
}

// poisoned returns a batch whose every element must be overwritten: NaN and a label that is none.
func poisoned(s data.Spec, size int) data.Batch {
	b := data.NewBatch(s, size)
	for _, x := range [][]float32{b.X, b.Targets} {
		for i := range x {
			x[i] = float32(math.NaN())
		}
	}
	for i := range b.Labels {
		b.Labels[i] = -77
	}
	return b
}

// fill fills a fresh, poisoned batch.
func fill(t interface {
	Helper()
	Fatal(...any)
}, task data.Task, split data.Split, epoch, index, size int) (data.Batch, int) {
	t.Helper()
	b := poisoned(task.Spec(), size)
	rows, err := task.Fill(split, epoch, index, b)
	if err != nil {
		t.Fatal(err)
	}
	return b, rows
}

// row returns the inputs of one row in time order.
func row(s data.Spec, b data.Batch, r int) []float32 {
	var x []float32
	for step := range s.Steps {
		at := (step*b.Size + r) * s.Inputs
		x = append(x, b.X[at:at+s.Inputs]...)
	}
	return x
}

// What Fill writes depends on its arguments and the seed alone, covers every element, and pads with zeros.
func TestFillIsAFunctionOfItsArguments(t *testing.T) {
	for name, task := range tasks(t, 5) {
		again := tasks(t, 5)[name]
		t.Run(name, func(t *testing.T) {
			s := task.Spec()
			rapid.Check(t, func(t *rapid.T) {
				split := data.Split(rapid.IntRange(0, 2).Draw(t, "split"))
				size := rapid.SampledFrom([]int{1, 2, 3, 7, 31, 32, 33, 127, 128, 129}).Draw(t, "size")
				epoch := rapid.IntRange(0, 1000).Draw(t, "epoch")
				batches := s.Batches(split, size)
				if batches == data.Endless {
					batches = 1 << 40
				}
				index := rapid.IntRange(0, batches-1).Draw(t, "index")

				b, rows := fill(t, task, split, epoch, index, size)
				other, otherRows := fill(t, again, split, epoch, index, size)
				if rows != otherRows || !slices.Equal(b.X, other.X) || !slices.Equal(b.Labels, other.Labels) || !slices.Equal(b.Targets, other.Targets) {
					t.Fatal("two tasks of one seed differ")
				}
				if n := s.Samples(split); n != data.Endless && rows != min(size, n-index*size) {
					t.Fatalf("%d rows in batch %d of %d from %d samples", rows, index, size, n)
				}
				for i, v := range b.X {
					if padding := i/s.Inputs%size >= rows; !(v >= 0 && v <= 1) || padding && v != 0 {
						t.Fatalf("input %d is %v (padding: %v)", i, v, padding)
					}
				}
				for r, label := range b.Labels {
					if padding := r >= rows; (label == data.PaddingLabel) != padding || label < -1 || int(label) >= s.Outputs {
						t.Fatalf("label of row %d of %d is %d", r, rows, label)
					}
				}
				for i, v := range b.Targets {
					if !(v >= 0 && v <= 2) || i/s.Outputs >= rows && v != 0 {
						t.Fatalf("target %d of %d rows is %v", i, rows, v)
					}
				}
			})
		})
	}
}

// The samples of an epoch do not depend on the batch size: batches of 3 hold what batches of 1 hold.
func TestBatchSizeDoesNotChangeSamples(t *testing.T) {
	for name, task := range tasks(t, 6) {
		s := task.Spec()
		for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
			b, rows := fill(t, task, split, 2, 1, 3)
			for r := range rows {
				single, _ := fill(t, task, split, 2, 3+r, 1)
				if !slices.Equal(row(s, b, r), single.X) || b.Labels[r] != single.Labels[0] {
					t.Errorf("%s, %v: row %d of batch 1 is not sample %d", name, split, r, 3+r)
				}
			}
		}
	}
}

func TestSeedAndEpochMatterWhereTheyShould(t *testing.T) {
	one, two := tasks(t, 1), tasks(t, 2)
	for name, task := range one {
		differs := func(a data.Task, splitA data.Split, epochA int, b data.Task, splitB data.Split, epochB int) bool {
			x, _ := fill(t, a, splitA, epochA, 0, 10)
			y, _ := fill(t, b, splitB, epochB, 0, 10)
			return !slices.Equal(x.X, y.X)
		}
		if !differs(task, data.Train, 0, task, data.Train, 1) {
			t.Errorf("%s: two epochs of training are the same", name)
		}
		if !differs(task, data.Train, 0, two[name], data.Train, 0) {
			t.Errorf("%s: two seeds train alike", name)
		}
		for _, split := range []data.Split{data.Valid, data.Test} {
			if differs(task, split, 0, task, split, 1) {
				t.Errorf("%s: %v differs between epochs", name, split)
			}
			if !differs(task, split, 0, task, data.Train, 0) {
				t.Errorf("%s: %v begins like training", name, split)
			}
		}
		if !differs(task, data.Valid, 0, task, data.Test, 0) {
			t.Errorf("%s: validation and test begin alike", name)
		}
	}
}

func TestFillDoesNotAllocate(t *testing.T) {
	for name, task := range tasks(t, 1) {
		b := poisoned(task.Spec(), 16)
		epoch := 0
		allocs := testing.AllocsPerRun(20, func() {
			for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
				if _, err := task.Fill(split, epoch, 0, b); err != nil {
					t.Fatal(err)
				}
			}
			epoch++
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations a run, want 0", name, allocs)
		}
	}
}

func TestFillRefuses(t *testing.T) {
	for name, task := range tasks(t, 1) {
		s := task.Spec()
		good := func() data.Batch { return data.NewBatch(s, 4) }
		tests := []struct {
			name         string
			split        data.Split
			epoch, index int
			edit         func(*data.Batch)
			says         string
		}{
			{"negative epoch", data.Train, -1, 0, nil, "epoch -1"},
			{"negative index", data.Train, 0, -1, nil, "batch -1"},
			{"past the end", data.Valid, 0, 3, nil, "batch 3 of split valid of task " + name + ": there are 3 batches of 4 rows in its 10 samples"},
			{"no such split", data.Split(7), 0, 0, nil, "Split(7)"},
			{"no rows", data.Train, 0, 0, func(b *data.Batch) { *b = data.Batch{} }, "a batch of 0 rows"},
			{"short inputs", data.Train, 0, 0, func(b *data.Batch) { b.X = b.X[1:] }, fmt.Sprintf("needs %d", len(good().X))},
			{"short labels", data.Train, 0, 0, func(b *data.Batch) { b.Labels = b.Labels[1:] }, "3 labels for a batch of 4"},
			{"short targets", data.Train, 0, 0, func(b *data.Batch) { b.Targets = make([]float32, 4*s.Outputs-1) }, fmt.Sprintf("need %d", 4*s.Outputs)},
		}
		for _, tt := range tests {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				b := good()
				if tt.edit != nil {
					tt.edit(&b)
				}
				_, err := task.Fill(tt.split, tt.epoch, tt.index, b)
				if !errors.Is(err, data.ErrConfig) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
			})
		}
		if err := task.Close(); err != nil {
			t.Error(err)
		}
		if _, err := task.Fill(data.Test, 0, 0, good()); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: after Close: error %v", name, err)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	dir := b.TempDir()
	if err := datatest.WriteMNIST(dir, 1280, 10, 1); err != nil {
		b.Fatal(err)
	}
	for _, name := range data.TaskNames() {
		b.Run(fmt.Sprintf("%s/B=128", name), func(b *testing.B) {
			task := mustOpen(b, name, data.Config{Dir: dir})
			batch := data.NewBatch(task.Spec(), 128)
			b.SetBytes(int64(4 * len(batch.X)))
			for i := 0; b.Loop(); i++ {
				if _, err := task.Fill(data.Train, 0, i%10, batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
