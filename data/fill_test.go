package data_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"pgregory.net/rapid"
)

// What Fill writes depends on its arguments and the seed alone, and covers every element.
func TestFillIsAFunctionOfItsArguments(t *testing.T) {
	for name, task := range tasks(t, 5) {
		again := tasks(t, 5)[name]
		t.Run(name, func(t *testing.T) {
			s := task.Spec()
			rapid.Check(t, func(t *rapid.T) {
				split := data.Split(rapid.IntRange(0, 2).Draw(t, "split"))
				size := rapid.SampledFrom([]int{1, 2, 3, 7, 31, 32, 33, 127, 128, 129}).Draw(t, "size")
				length := s.Length
				if s.Stream {
					length = rapid.SampledFrom([]int{1, 2, 5, 35}).Draw(t, "length")
				}
				epoch := rapid.IntRange(0, 1000).Draw(t, "epoch")
				batches := s.Batches(split, size, length)
				if batches == data.Endless {
					batches = 1 << 40
				}
				index := rapid.IntRange(0, batches-1).Draw(t, "index")

				b, counted := fillLength(t, task, split, epoch, index, size, length)
				other, otherCounted := fillLength(t, again, split, epoch, index, size, length)
				if counted != otherCounted || !equal(b, other) {
					t.Fatal("two tasks of one seed differ")
				}
				checkBatch(t, s, b, counted)
				if n := s.Samples(split); !s.Stream && s.Output.Where != data.EveryStep && n != data.Endless && counted != min(size, n-index*size) {
					t.Fatalf("%d rows in batch %d of %d from %d samples", counted, index, size, n)
				}
			})
		})
	}
}

// An epoch has every target of a split once, whatever the size and the length of its batches.
func TestAnEpochHasEveryTarget(t *testing.T) {
	for name, task := range tasks(t, 3) {
		s := task.Spec()
		for _, size := range []int{1, 3, 16} {
			for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
				if s.Samples(split) == data.Endless || s.Samples(split) > 1000 {
					continue
				}
				length, total := s.Length, 0
				if s.Stream {
					length = 1 + size
				}
				for index := range s.Batches(split, size, length) {
					_, counted := fillLength(t, task, split, 1, index, size, length)
					total += counted
				}
				want := s.Samples(split)
				if s.Output.Where == data.EveryStep && !s.Stream {
					want *= s.Length
				}
				if total != want {
					t.Errorf("%s, %v: %d targets in batches of %d rows, want %d", name, split, total, size, want)
				}
			}
		}
	}
}

// The samples of an epoch do not depend on the batch size: batches of 3 hold what batches of 1 hold.
func TestBatchSizeDoesNotChangeSamples(t *testing.T) {
	for name, task := range tasks(t, 6) {
		s := task.Spec()
		if s.Stream {
			continue // a row is a part of the stream that the batch size decides
		}
		for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
			b, _ := fill(t, task, split, 2, 1, 3)
			for r := range min(3, s.Batches(split, 1, s.Length)-3) {
				single, _ := fill(t, task, split, 2, 3+r, 1)
				if !equal(single, rowBatch(s, b, r)) {
					t.Errorf("%s, %v: row %d of batch 1 is not sample %d", name, split, r, 3+r)
				}
			}
		}
	}
}

func TestSeedAndEpochMatterWhereTheyShould(t *testing.T) {
	one, two := tasks(t, 1), tasks(t, 2)
	for name, task := range one {
		s := task.Spec()
		differs := func(a data.Task, splitA data.Split, epochA int, b data.Task, splitB data.Split, epochB int) bool {
			x, _ := fill(t, a, splitA, epochA, 0, 10)
			y, _ := fill(t, b, splitB, epochB, 0, 10)
			return !slices.Equal(x.Values, y.Values) || !slices.Equal(x.Tokens, y.Tokens)
		}
		if differs(task, data.Train, 0, task, data.Train, 1) == s.Stream {
			t.Errorf("%s: two epochs of training are the same, or those of a stream are not", name)
		}
		if differs(task, data.Train, 0, two[name], data.Train, 0) == s.Stream {
			t.Errorf("%s: two seeds train alike, or those of a stream do not", name)
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
		s := task.Spec()
		b := poisoned(s, 16, s.Length)
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
		good := func() data.Batch { return data.NewBatch(s, 4, s.Length) }
		batches := s.Batches(data.Valid, 4, s.Length)
		tests := []struct {
			name         string
			split        data.Split
			epoch, index int
			edit         func(*data.Batch)
			says         string
		}{
			{"negative epoch", data.Train, -1, 0, nil, "epoch -1"},
			{"negative index", data.Train, 0, -1, nil, "batch -1"},
			{"past the end", data.Valid, 0, batches, nil, fmt.Sprintf("there are %d batches of 4 rows", batches)},
			{"no such split", data.Split(7), 0, 0, nil, "split 7"},
			{"no rows", data.Train, 0, 0, func(b *data.Batch) { *b = data.Batch{} }, "a batch of 0 rows"},
			{"other length", data.Train, 0, 0, func(b *data.Batch) { b.Length++ }, ""},
			{"short input", data.Train, 0, 0, func(b *data.Batch) {
				b.Values, b.Tokens = b.Values[min(len(b.Values), 1):], b.Tokens[min(len(b.Tokens), 1):]
			}, fmt.Sprintf("needs %d", max(len(good().Values), len(good().Tokens)))},
			{"other input", data.Train, 0, 0, func(b *data.Batch) { b.Values, b.Tokens = make([]float32, len(b.Tokens)), make([]int32, len(b.Values)) }, "needs"},
			{"short labels", data.Train, 0, 0, func(b *data.Batch) { b.Labels = b.Labels[1:] }, fmt.Sprintf("needs %d", len(good().Labels))},
			{"more targets", data.Train, 0, 0, func(b *data.Batch) { b.Targets = append(b.Targets, 0) }, fmt.Sprintf("needs %d", len(good().Targets))},
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
	for name, task := range tasks(b, 1) {
		b.Run(name+"/B=16", func(b *testing.B) {
			s := task.Spec()
			batch := data.NewBatch(s, 16, s.Length)
			batches := s.Batches(data.Train, 16, s.Length)
			if batches == data.Endless {
				batches = 10
			}
			b.SetBytes(int64(4 * (len(batch.Values) + len(batch.Tokens))))
			for i := 0; b.Loop(); i++ {
				if _, err := task.Fill(data.Train, 0, i%batches, batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Every task of the list is among the small ones.
func TestEveryTaskIsTested(t *testing.T) {
	for _, name := range data.TaskNames() {
		name, _, _ = strings.Cut(name, ":")
		found := false
		for _, small := range smallTasks {
			task, _, _ := strings.Cut(small.name, ":")
			found = found || task == name
		}
		if !found {
			t.Errorf("no small form of task %s", name)
		}
	}
}
