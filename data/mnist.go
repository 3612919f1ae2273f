package data

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/data/idx"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Handwritten digits read as a sequence (Le, Jaitly and Hinton 2015): the 784 pixels of an image, row by row,
// in T time steps of 784/T pixels each; T = 784 is pixel by pixel, T = 28 row by row. Pixels are scaled
// from 0 … 255 to [0, 1] by 1/255 and not standardised. The class is the digit, asked for after the last
// step. Training samples are shuffled anew in each epoch.
var mnist = Source{
	Name:    "mnist",
	Summary: "handwritten digits as sequences of pixels, 784/T at each of T steps (--length, default 784)",
	Set:     mnistSet.Name,
	Open:    func(_ string, c Config) (Task, error) { return openMNIST("mnist", nil, c) },
	Shape:   func(_ string, c Config) (Spec, error) { return mnistShape("mnist", c) },
}

// The same with all pixels in one fixed random order, that of the literature.
var permutedMNIST = Source{
	Name:    "pmnist",
	Summary: "mnist with its pixels in the fixed random order of the literature",
	Set:     mnistSet.Name,
	Open: func(_ string, c Config) (Task, error) {
		return openMNIST("pmnist", numpyPermutation(pixelSeed, mnistPixels), c)
	},
	Shape: func(_ string, c Config) (Spec, error) { return mnistShape("pmnist", c) },
}

const (
	mnistSide    = 28
	mnistPixels  = mnistSide * mnistSide
	mnistClasses = 10
)

var digits = [mnistClasses]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// unitPixel maps a pixel to [0, 1].
var unitPixel = func() (table [256]float32) {
	for i := range table {
		table[i] = float32(i) / 255
	}
	return table
}()

type mnistTask struct {
	spec        Spec
	train, test *idx.Labelled
	pixelOrder  []int32    // of the sequence: place k shows pixel pixelOrder[k]
	trainOrder  epochOrder // of samples
	fixedOrder  []int32    // of samples of the other splits: 0, 1, 2, …
}

// mnistShape is what is known without the images; the sizes are those of the published set.
func mnistShape(name string, c Config) (Spec, error) {
	length := or(c.Length, mnistPixels)
	if mnistPixels%length != 0 {
		return Spec{}, fmt.Errorf("%w: length %d does not divide the %d pixels of an image; %v do",
			ErrConfig, length, mnistPixels, divisors(mnistPixels))
	}
	return Spec{
		Name: name, Length: length, Input: Values(mnistPixels / length), Output: Output{Loss: CrossEntropy, Width: mnistClasses}, Metric: Accuracy,
		TrainSize: or(c.TrainSize, 60_000-c.ValidSize), ValidSize: c.ValidSize, TestSize: or(c.TestSize, 10_000), Baseline: math.Log(mnistClasses),
	}, nil
}

// openMNIST opens the task; order says which pixel each place of the sequence shows, nil being their own.
func openMNIST(name string, order []int32, c Config) (Task, error) {
	spec, err := mnistShape(name, c)
	if err != nil {
		return nil, err
	}
	dir, err := Dir(c.Dir)
	if err != nil {
		return nil, err
	}
	train, test, err := readMNIST(dir)
	if err != nil {
		return nil, err
	}
	trainSize := or(c.TrainSize, train.Count-c.ValidSize)
	testSize := or(c.TestSize, test.Count)
	if trainSize < 1 || trainSize > train.Count-c.ValidSize || testSize > test.Count {
		return nil, fmt.Errorf("%w: training size %d with validation size %d of the %d training images, test size %d of the %d test images: these do not fit",
			ErrConfig, trainSize, c.ValidSize, train.Count, testSize, test.Count)
	}
	pixelOrder := order
	if order == nil {
		pixelOrder = naturalOrder(mnistPixels)
	}
	spec.TrainSize, spec.TestSize = trainSize, testSize
	spec.Encoding = Encoding{Classes: digits[:], Inputs: []Normal{{Mean: 0, Deviation: 255}}, Order: order}
	return &mnistTask{
		spec:  spec,
		train: train, test: test, pixelOrder: pixelOrder,
		trainOrder: newEpochOrder(c.Seed, philox.Stream("mnist/shuffle"), trainSize),
		fixedOrder: naturalOrder(max(c.ValidSize, testSize)),
	}, nil
}

func divisors(n int) (d []int) {
	for i := 1; i <= n; i++ {
		if n%i == 0 {
			d = append(d, i)
		}
	}
	return d
}

// readMNIST reads the training and the test files, at the same time.
func readMNIST(dir string) (train, test *idx.Labelled, err error) {
	paths, err := mnistSet.paths(dir)
	if err != nil {
		return nil, nil, err
	}
	var trainErr, testErr error
	var both sync.WaitGroup
	both.Go(func() { train, trainErr = readDigits(dir, paths[0], paths[1]) })
	both.Go(func() { test, testErr = readDigits(dir, paths[2], paths[3]) })
	both.Wait()
	for _, err := range []error{trainErr, testErr} {
		if err != nil {
			return nil, nil, err
		}
	}
	return train, test, nil
}

func readDigits(dir, images, labels string) (*idx.Labelled, error) {
	d, err := idx.ReadLabelled(images, labels, mnistClasses)
	if errors.Is(err, idx.ErrFormat) {
		return nil, corrupt(mnistSet, dir, err)
	}
	if err != nil {
		return nil, err
	}
	if d.Count == 0 || d.Rows != mnistSide || d.Cols != mnistSide {
		return nil, corrupt(mnistSet, dir, &idx.Error{File: images, Offset: 4, Compressed: filepath.Ext(images) == ".gz",
			Problem: fmt.Sprintf("%d images of %d×%d pixels, want at least one of %d×%d", d.Count, d.Rows, d.Cols, mnistSide, mnistSide)})
	}
	return d, nil
}

func (t *mnistTask) Spec() Spec { return t.spec }

func (t *mnistTask) Close() error {
	t.train, t.test = nil, nil
	return nil
}

// part returns the pixels and labels of a split and the order of its samples.
func (t *mnistTask) part(split Split, epoch int) (pixels, labels []byte, order []int32) {
	switch split {
	case Train:
		return t.train.Pixels, t.train.Labels, t.trainOrder.of(epoch)
	case Valid:
		from := t.train.Count - t.spec.ValidSize
		return t.train.Pixels[from*mnistPixels:], t.train.Labels[from:], t.fixedOrder
	default: // Test: locate has refused all others
		return t.test.Pixels, t.test.Labels, t.fixedOrder
	}
}

func (t *mnistTask) Fill(split Split, epoch, index int, b Batch) (int, error) {
	if t.train == nil {
		return 0, fmt.Errorf("%w: task %s: %w", ErrConfig, t.spec.Name, os.ErrClosed)
	}
	first, rows, err := t.spec.locate(split, epoch, index, b)
	if err != nil {
		return 0, err
	}
	pixels, labels, order := t.part(split, epoch)
	samples := order[first : first+rows]
	width := t.spec.Input.Width
	for step := range t.spec.Length {
		shown := t.pixelOrder[step*width : (step+1)*width]
		x := b.Values[step*b.Size*width : (step+1)*b.Size*width]
		for row, sample := range samples {
			image := pixels[int(sample)*mnistPixels : (int(sample)+1)*mnistPixels]
			for i, pixel := range shown {
				x[row*width+i] = unitPixel[image[pixel]]
			}
		}
		clear(x[rows*width:])
	}
	for row, sample := range samples {
		b.Labels[row] = int32(labels[sample])
	}
	for row := rows; row < b.Size; row++ {
		b.Labels[row] = NotCounted
	}
	return rows, nil
}
