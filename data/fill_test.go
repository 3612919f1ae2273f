package data_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
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

// smallTasks are the tasks that every test of Fill runs on, in small forms that dir has the files of.
var smallTasks = []struct {
	name   string
	config data.Config
}{
	{"adding", data.Config{Length: 28, ValidSize: 10}},
	{"copy", data.Config{Length: 8, ValidSize: 10}},
	{"mnist", data.Config{Length: 28, ValidSize: 10}},
	{"pmnist", data.Config{Length: 28, ValidSize: 10}},
	{"ptb", data.Config{Length: 5}},
	{"ptb-char", data.Config{Length: 5}},
	{"ucr:Small", data.Config{ValidSize: 4}},
	{"csv:DIR/own.csv", data.Config{}},
	{"series:DIR/own-series.csv", data.Config{Length: 5}},
	{"text:DIR/own.txt", data.Config{Shares: data.Shares{Train: 0.5, Valid: 0.25, Test: 0.25}}},
}

// writeSmall writes the files of the small tasks.
func writeSmall(t testing.TB) (dir string) {
	t.Helper()
	dir = smallMNIST(t)
	writePTB(t, dir)
	writeUCR(t, dir)
	write(t, dir, "own.csv", csvRows(40, 6, true))
	write(t, dir, "own-series.csv", seriesRows(300))
	write(t, dir, "own.txt", strings.Repeat("how much wood would a woodchuck chuck\n", 10))
	return dir
}

// write writes a file into a directory and returns its path.
func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tasks opens every task in a small form.
func tasks(t testing.TB, seed uint64) map[string]data.Task {
	dir := writeSmall(t)
	all := map[string]data.Task{}
	for _, small := range smallTasks {
		small.config.Dir, small.config.Seed = dir, seed
		all[small.name] = mustOpen(t, strings.ReplaceAll(small.name, "DIR", dir), small.config)
	}
	return all
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

// poisoned returns a batch whose every element must be overwritten: NaN, and a label and token that are none.
func poisoned(s data.Spec, size, length int) data.Batch {
	b := data.NewBatch(s, size, length)
	for _, x := range [][]float32{b.Values, b.Targets} {
		for i := range x {
			x[i] = float32(math.NaN())
		}
	}
	for _, x := range [][]int32{b.Labels, b.Tokens} {
		for i := range x {
			x[i] = -77
		}
	}
	return b
}

// failer is what *testing.T and *rapid.T share.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// fill fills a fresh, poisoned batch.
func fill(t failer, task data.Task, split data.Split, epoch, index, size int) (data.Batch, int) {
	t.Helper()
	return fillLength(t, task, split, epoch, index, size, task.Spec().Length)
}

func fillLength(t failer, task data.Task, split data.Split, epoch, index, size, length int) (data.Batch, int) {
	t.Helper()
	b := poisoned(task.Spec(), size, length)
	counted, err := task.Fill(split, epoch, index, b)
	if err != nil {
		t.Fatal(err)
	}
	return b, counted
}

// row returns the values of one row in time order.
func row(s data.Spec, b data.Batch, r int) []float32 {
	var x []float32
	for step := range b.Length {
		at := (step*b.Size + r) * s.Input.Width
		x = append(x, b.Values[at:at+s.Input.Width]...)
	}
	return x
}

func equal(a, b data.Batch) bool {
	return slices.Equal(a.Values, b.Values) && slices.Equal(a.Tokens, b.Tokens) && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Targets, b.Targets)
}

// checkBatch requires that every element was written with something that can be, and that counted tells of the labels.
func checkBatch(t failer, s data.Spec, b data.Batch, counted int) {
	t.Helper()
	finite := func(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
	for i, v := range b.Values {
		if !finite(v) {
			t.Fatalf("value %d is %v", i, v)
		}
	}
	for i, v := range b.Tokens {
		if v < 0 || int(v) >= s.Input.Vocabulary {
			t.Fatalf("token %d is %d", i, v)
		}
	}
	n := 0
	for r, label := range b.Labels {
		switch {
		case label == data.NotCounted:
		case label < 0 || s.Output.Loss == data.SquaredError && label != 0 || int(label) >= s.Output.Width:
			t.Fatalf("label %d is %d", r, label)
		default:
			n++
		}
	}
	if n != counted {
		t.Fatalf("Fill says that %d targets count, and %d labels do", counted, n)
	}
	for i, v := range b.Targets {
		if !finite(v) || b.Labels[i/s.Output.Width] == data.NotCounted && v != 0 {
			t.Fatalf("target %d of label %d is %v", i, b.Labels[i/s.Output.Width], v)
		}
	}
}

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

// rowBatch returns one row of a batch as a batch.
func rowBatch(s data.Spec, b data.Batch, r int) data.Batch {
	one := data.NewBatch(s, 1, b.Length)
	if !s.Input.IsTokens() {
		one.Values = row(s, b, r)
	}
	for step := range len(one.Tokens) {
		one.Tokens[step] = b.Tokens[step*b.Size+r]
	}
	for step := range one.Labels {
		one.Labels[step] = b.Labels[step*b.Size+r]
		if one.Targets != nil {
			copy(one.Targets[step*s.Output.Width:], b.Targets[(step*b.Size+r)*s.Output.Width:][:s.Output.Width])
		}
	}
	return one
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
