package data_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"github.com/spectral-gpu/spectral-gpu/data/idx"
)

// image returns the pixels of an image of the small set in [0, 1], read straight from its file.
func image(t *testing.T, dir, prefix string, i int) ([]float32, int32) {
	t.Helper()
	d, err := idx.ReadLabelled(filepath.Join(dir, "mnist", prefix+"-images-idx3-ubyte.gz"), filepath.Join(dir, "mnist", prefix+"-labels-idx1-ubyte.gz"), 10)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 784)
	for p := range x {
		x[p] = float32(d.Pixels[784*i+p]) / 255
	}
	return x, int32(d.Labels[i])
}

// At every length the sequence is the image row by row, whatever the number of pixels a step.
func TestMNISTSequence(t *testing.T) {
	dir := smallMNIST(t)
	want, label := image(t, dir, "t10k", 9)
	for _, length := range []int{0, 1, 7, 28, 112, 784} {
		task := mustOpen(t, "mnist", data.Config{Dir: dir, Length: length})
		s := task.Spec()
		if length == 0 {
			length = 784
		}
		if s.Length != length || s.Input != data.Values(784/length) || s.Output != (data.Output{Loss: data.CrossEntropy, Width: 10, Where: data.LastStep}) ||
			s.TrainSize != smallTrain || s.ValidSize != 0 || s.TestSize != smallTest || math.Abs(s.Baseline-2.302585) > 1e-6 {
			t.Errorf("spec %+v", s)
		}
		b, rows := fill(t, task, data.Test, 0, 2, 4) // samples 8, 9, 10, 11
		if rows != 4 || !slices.Equal(row(s, b, 1), want) || b.Labels[1] != label {
			t.Errorf("length %d: row 1 of batch 2 is not image 9", length)
		}
	}
}

// Permuted: the same pixels in an order that is one for all images, splits and seeds, and that of the literature.
func TestPermutedMNIST(t *testing.T) {
	dir := smallMNIST(t)
	order := func(seed uint64) []int { // place of each pixel, by making each pixel the only one of its kind
		marked := idx.Array{Dims: []int{4, 28, 28}, Data: make([]byte, 4*784)}
		for p := range 784 { // two base-256 digits of p, in two images
			marked.Data[p], marked.Data[784+p] = byte(p), byte(p>>8)
		}
		own := t.TempDir()
		if err := datatest.WriteMNIST(own, 4, 4, 1); err != nil {
			t.Fatal(err)
		}
		if err := idx.WriteFile(filepath.Join(own, "mnist", "t10k-images-idx3-ubyte.gz"), marked); err != nil {
			t.Fatal(err)
		}
		task := mustOpen(t, "pmnist", data.Config{Dir: own, Seed: seed})
		b, _ := fill(t, task, data.Test, 0, 0, 2)
		low, high := row(task.Spec(), b, 0), row(task.Spec(), b, 1)
		var order []int
		for k := range low {
			order = append(order, int(math.Round(float64(low[k])*255+256*float64(high[k])*255)))
		}
		return order
	}
	first := order(1)
	if !slices.Equal(first, order(2)) {
		t.Error("two seeds have two orders")
	}
	if want := []int{319, 576, 323, 107, 355, 716}; !slices.Equal(first[:6], want) {
		t.Errorf("the order begins %v, want %v", first[:6], want)
	}
	sorted := slices.Sorted(slices.Values(first))
	for i, p := range sorted {
		if p != i {
			t.Fatal("the order is no permutation of the pixels")
		}
	}
	if slices.Equal(first, sorted) {
		t.Error("the pixels are in natural order")
	}
	plain, permuted := mustOpen(t, "mnist", data.Config{Dir: dir, Seed: 1}), mustOpen(t, "pmnist", data.Config{Dir: dir, Seed: 1, Length: 28})
	a, _ := fill(t, plain, data.Train, 3, 0, 5)
	b, _ := fill(t, permuted, data.Train, 3, 0, 5)
	for r := range 5 {
		x, y := row(plain.Spec(), a, r), row(permuted.Spec(), b, r)
		for k, p := range first {
			if x[p] != y[k] {
				t.Fatalf("row %d, place %d: not pixel %d", r, k, p)
			}
		}
	}
}

// An epoch shows every training sample once, and none of those held out for validation.
func TestMNISTEpochCoversTheTrainingSet(t *testing.T) {
	dir := smallMNIST(t)
	task := mustOpen(t, "mnist", data.Config{Dir: dir, Length: 28, ValidSize: 11})
	s := task.Spec()
	if s.TrainSize != smallTrain-11 || s.ValidSize != 11 {
		t.Fatalf("spec %+v", s)
	}
	key := func(x []float32) string {
		var b bytes.Buffer
		for _, v := range x {
			b.WriteByte(byte(math.Round(float64(v) * 255)))
		}
		return b.String()
	}
	for epoch := range 3 {
		seen := map[string]bool{}
		for _, split := range []data.Split{data.Train, data.Valid} {
			for index := range s.Batches(split, 8, 28) {
				b, rows := fill(t, task, split, epoch, index, 8)
				for r := range rows {
					seen[key(row(s, b, r))] = true
				}
			}
			if want := map[data.Split]int{data.Train: smallTrain - 11, data.Valid: smallTrain}[split]; len(seen) != want {
				t.Errorf("epoch %d: %d different samples up to %v, want %d", epoch, len(seen), split, want)
			}
		}
	}
	held, _ := fill(t, task, data.Valid, 0, 0, 1)
	if want, _ := image(t, dir, "train", smallTrain-11); !slices.Equal(held.Values, want) {
		t.Error("validation does not begin with the eleventh image from the end")
	}
}

func TestMNISTPlainFilesServe(t *testing.T) {
	dir := smallMNIST(t)
	want, _ := fill(t, mustOpen(t, "mnist", data.Config{Dir: dir}), data.Test, 0, 0, 3)
	gz := filepath.Join(dir, "mnist", "t10k-images-idx3-ubyte.gz")
	a, err := idx.ReadFile(gz, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := idx.WriteFile(strings.TrimSuffix(gz, ".gz"), *a); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gz); err != nil {
		t.Fatal(err)
	}
	if got, _ := fill(t, mustOpen(t, "mnist", data.Config{Dir: dir}), data.Test, 0, 0, 3); !slices.Equal(got.Values, want.Values) {
		t.Error("the decompressed file reads otherwise")
	}
}

func TestMNISTRefuses(t *testing.T) {
	images, labels := "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
	write := func(name string, a idx.Array) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := idx.WriteFile(filepath.Join(dir, name), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		config data.Config
		damage func(t *testing.T, dir string)
		is     error
		says   string
	}{
		{"length", data.Config{Length: 100}, nil, data.ErrConfig, "length 100 does not divide the 784 pixels"},
		{"negative length", data.Config{Length: -28}, nil, data.ErrConfig, "length -28 is negative"},
		{"too much validation", data.Config{ValidSize: smallTrain}, nil, data.ErrConfig, "validation size 53 of the 53 training images"},
		{"too much training", data.Config{TrainSize: 50, ValidSize: 4}, nil, data.ErrConfig, "training size 50"},
		{"too much test", data.Config{TestSize: smallTest + 1}, nil, data.ErrConfig, "test size 22 of the 21"},
		{"missing", data.Config{}, func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, labels)) },
			data.ErrNotFound, "has no train-labels-idx1-ubyte.gz; run `spectral-gpu data fetch mnist --data "},
		{"truncated", data.Config{}, func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, images), 1000); err != nil {
				t.Fatal(err)
			}
		}, data.ErrCorrupt, images + ": byte "},
		{"wrong magic", data.Config{}, write(images, idx.Array{Dims: []int{1}, Data: []byte{1}}),
			data.ErrCorrupt, "a label file under an image file's name; replace it: `spectral-gpu data fetch mnist --data "},
		{"wrong size of image", data.Config{}, write(images, idx.Array{Dims: []int{smallTrain, 1, 1}, Data: make([]byte, smallTrain)}),
			data.ErrCorrupt, "53 images of 1×1 pixels"},
		{"label out of range", data.Config{}, write(labels, idx.Array{Dims: []int{smallTrain}, Data: bytes.Repeat([]byte{10}, smallTrain)}),
			data.ErrCorrupt, "label 10 of item 0 is outside [0, 9]"},
		{"counts differ", data.Config{}, write(labels, idx.Array{Dims: []int{1}, Data: []byte{1}}),
			data.ErrCorrupt, "53 images, but"},
		{"no images", data.Config{}, func(t *testing.T, dir string) {
			write(labels, idx.Array{Dims: []int{0}})(t, dir)
			write(images, idx.Array{Dims: []int{0, 28, 28}})(t, dir)
		}, data.ErrCorrupt, "0 images of 28×28"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := smallMNIST(t)
			if tt.damage != nil {
				tt.damage(t, filepath.Join(dir, "mnist"))
			}
			tt.config.Dir = dir
			_, err := data.Open("mnist", tt.config)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "task mnist: ") {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}

// The real files, where there are any: set SPECTRAL_DATA to the directory that holds mnist/.
func TestRealMNIST(t *testing.T) {
	dir := os.Getenv(data.DirVariable)
	if dir == "" {
		t.Skip("$SPECTRAL_DATA is not set: the real MNIST files are not tested (the format is, with files made here)")
	}
	statuses, err := data.Check(dir, "pmnist")
	if err != nil || len(statuses) != 4 {
		t.Fatal(statuses, err)
	}
	for _, status := range statuses {
		if status.Err != nil {
			t.Error(status.Err)
		}
	}
	if s := mustOpen(t, "pmnist", data.Config{Dir: dir, ValidSize: 3000}).Spec(); s.TrainSize != 57000 || s.ValidSize != 3000 {
		t.Errorf("%d training and %d validation images", s.TrainSize, s.ValidSize)
	}
	task := mustOpen(t, "mnist", data.Config{Dir: dir, Length: 28})
	s := task.Spec()
	histograms := map[data.Split][]int{ // of the digits 0 … 9, as published
		data.Train: {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
		data.Test:  {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
	}
	if s.TrainSize != 60000 || s.TestSize != 10000 {
		t.Fatalf("%d training and %d test images", s.TrainSize, s.TestSize)
	}
	for split, want := range histograms {
		got := make([]int, 10)
		var sum, n float64
		b := data.NewBatch(s, 1000, 28)
		for index := range s.Batches(split, b.Size, b.Length) {
			rows, err := task.Fill(split, 0, index, b)
			if err != nil || rows != b.Size {
				t.Fatal(rows, err)
			}
			for _, label := range b.Labels {
				got[label]++
			}
			for _, v := range b.Values {
				sum += float64(v)
			}
			n += float64(len(b.Values))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: digits %v, want %v", split, got, want)
		}
		if mean := sum / n; split == data.Train && math.Abs(mean-0.1307) > 1e-4 {
			t.Errorf("mean pixel %v, want 0.1307", mean)
		}
	}
}
