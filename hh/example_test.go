package hh_test

import (
	"fmt"
	"log"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// A given matrix becomes reflectors and singular values; from there on its inverse, norms and determinant are at hand.
func Example() {
	dev, err := gpu.Open("cpu", gpu.Options{}) // "auto" takes the best device there is
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()

	w, err := hh.FromDense([]float32{2, 0, 0, -3}, 2, 2)
	if err != nil {
		log.Fatal(err)
	}
	y, err := w.Apply(dev, []float32{1, 1})
	if err != nil {
		log.Fatal(err)
	}
	x, err := w.Solve(dev, y, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("W x = %.3f, W⁻¹W x = %.3f\n", y, x)
	fmt.Printf("norm %.3f, condition %.3f, |det| = e^%.3f\n", w.Sigma.Norm(), w.Sigma.Condition(), w.Sigma.LogAbsDet())
	// Output:
	// W x = [2.000 -3.000], W⁻¹W x = [1.000 1.000]
	// norm 3.000, condition 1.500, |det| = e^1.792
}

// Singular values that a layer does not allow are named, and moved into its band on request.
func ExampleFactorization_Parameters() {
	f := &hh.Factorization{Rows: 2, Cols: 2, Sigma: hh.Spectrum{1.05, 0.5}}
	_, _, err := f.Parameters(hh.Band{Center: 1, Radius: 0.1})
	fmt.Println(err)
	_, moved, err := f.Parameters(hh.Band{Center: 1, Radius: 0.1, Clamp: true})
	fmt.Printf("moved by up to %.2f, error %v\n", moved, err)
	// Output:
	// hh: parameters of sigma: bad band of singular values: σ[1] = 0.5 is outside σ in 0.9 … 1.1 by 0.4; set Clamp to move it
	// moved by up to 0.40, error <nil>
}

// A weight is materialised, used in any number of operations, and its gradient found, all in one program.
func ExampleSVD() {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	buf, err := dev.NewBuffer("all", 64, gpu.DeviceOnly)
	if err != nil {
		log.Fatal(err)
	}
	defer buf.Close()

	params := hh.SVDParams{U: buf.View(0, 1, 2), V: buf.View(2, 1, 2), S: buf.View(4, 1, 2)}
	grad := hh.SVDParams{U: buf.View(8, 1, 2), V: buf.View(10, 1, 2), S: buf.View(12, 1, 2)}
	dw := buf.View(16, 2, 2)
	buf.Write(0, []float32{1, 0, 0, 1, 0, 0}) // H(1,0) diag(1, 1) H(0,1) = diag(−1, −1)
	buf.Write(16, []float32{1, 2, 3, 4})      // dL/dW, here of L = ⟨dW, W⟩

	svd, err := hh.NewSVD(dev, hh.SVDConfig{Rows: 2, Cols: 2, ReflectorsU: 1, ReflectorsV: 1, Center: 1, Radius: 0.5}, params)
	if err != nil {
		log.Fatal(err)
	}
	defer svd.Close()
	gradient, err := svd.Gradient(dw, grad)
	if err != nil {
		log.Fatal(err)
	}
	step, err := dev.Compile("step", append(svd.Materialise(), gradient...)...)
	if err != nil {
		log.Fatal(err)
	}
	defer step.Close()
	if err := step.Run(); err != nil {
		log.Fatal(err)
	}
	for _, v := range []struct {
		name string
		view gpu.View
	}{{"W", svd.W()}, {"dU", grad.U}, {"dV", grad.V}, {"ds", grad.S}} {
		values, err := gpu.ReadView(v.view)
		if err != nil {
			log.Fatal(err)
		}
		for i := range values {
			values[i] += 0 // −0 prints as 0
		}
		fmt.Printf("%s = %.2f\n", v.name, values)
	}
	// Output:
	// W = [-1.00 0.00 0.00 -1.00]
	// dU = [0.00 -2.00]
	// dV = [-2.00 0.00]
	// ds = [-0.25 -1.00]
}

// A network is layers, a loss and a rule; its batch is filled in host memory.
func ExampleWeight() {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	w := &hh.Weight{Reflectors: 16, Center: 1, Radius: 0.1}
	net, err := nn.New(dev, nn.Config{
		Layer: nn.Sequential{
			&nn.Linear{Out: 300, Weight: w, Act: gpu.Activation{Kind: gpu.ReLU}},
			&nn.Linear{Out: 10},
		},
		Loss: nn.CrossEntropy{},
		Rule: nn.Adam{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
		In:   nn.Shape{Length: 1, Batch: 128, Width: 784},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	for i := range net.Train.Values() {
		net.Train.Values()[i] = float32(i%7) / 7
	}
	for i := range net.Train.Labels() {
		net.Train.Labels()[i] = int32(i % 10)
	}
	var first, last nn.Stats
	for step := int64(1); step <= 20; step++ {
		if last, err = net.TrainStep(step, 1e-3, 128); err != nil {
			log.Fatal(err)
		}
		if step == 1 {
			first = last
		}
	}
	sigma, err := hh.ReadSpectrum(w.Sigma())
	if err != nil {
		log.Fatal(err)
	}
	least, _ := sigma.Smallest()
	fmt.Printf("the loss fell: %v; σ in the band: %v\n", last.LossSum < first.LossSum, least > 0.9 && sigma.Norm() < 1.1)
	// Output:
	// the loss fell: true; σ in the band: true
}
