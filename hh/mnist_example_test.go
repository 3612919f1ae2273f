package hh_test

import (
	"fmt"
	"log"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// A network of three layers with spectral weights learns handwritten digits.
func Example_mnist() {
	dir, clean := digits() // a few digits in the form of MNIST; "" takes the data directory with the real ones
	defer clean()

	task, err := data.Open("mnist", data.Config{Dir: dir, Length: 1}) // all 784 pixels at once
	check(err)
	defer task.Close()
	dev, err := gpu.Open("cpu", gpu.Options{}) // "auto" takes the best device there is
	check(err)
	defer dev.Close()

	const batch = 64
	relu := gpu.Activation{Kind: gpu.ReLU}
	net, err := nn.New(dev, nn.Config{
		Layer: nn.Sequential{
			&nn.Linear{Out: 128, Weight: &hh.Weight{Reflectors: 16}, Act: relu},
			&nn.Linear{Out: 128, Weight: &hh.Weight{Reflectors: 16}, Act: relu},
			&nn.Linear{Out: 10, Weight: &hh.Weight{Reflectors: 10}},
		},
		Loss: nn.CrossEntropy{}, Rule: nn.Adam{Clip: 5}, In: nn.Shape{Length: 1, Batch: batch, Width: 784},
	})
	check(err)
	defer net.Close()

	train := data.Batch{Size: batch, Length: 1, Values: net.Train.Values(), Labels: net.Train.Labels()}
	perEpoch := task.Spec().Batches(data.Train, batch, 1)
	for step := range 6 * perEpoch {
		counted, err := task.Fill(data.Train, step/perEpoch, step%perEpoch, train)
		check(err)
		_, err = net.TrainStep(int64(step+1), 2e-3, counted)
		check(err)
	}

	test := data.Batch{Size: batch, Length: 1, Values: net.Eval.Values(), Labels: net.Eval.Labels()}
	right, n := 0.0, 0
	for i := range task.Spec().Batches(data.Test, batch, 1) {
		counted, err := task.Fill(data.Test, 0, i, test)
		check(err)
		stats, err := net.EvalStep()
		check(err)
		right, n = right+stats.Correct, n+counted
	}
	fmt.Println("more than 9 of 10 digits are right:", right > 0.9*float64(n))
	// Output:
	// more than 9 of 10 digits are right: true
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// digits writes some data in the form of MNIST to a new folder.
func digits() (dir string, clean func()) {
	dir, err := os.MkdirTemp("", "mnist")
	check(err)
	check(datatest.WriteMNIST(dir, 600, 100, 1))
	return dir, func() { os.RemoveAll(dir) }
}
