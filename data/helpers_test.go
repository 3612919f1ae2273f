package data_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
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
