package gpu_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/cpu" // programs import gpu/all instead, for every executor
)

// A product of matrices with a bias and an activation, recorded once and run twice: Y = relu(X W + b).
func Example() {
	if err := example(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [2 0 12 0]
	// [20 2 120 172]
}

func example() (err error) {
	dev, err := gpu.Open("cpu", gpu.Options{}) // "auto" takes the best device
	if err != nil {
		return err
	}
	defer func() {
		if e := dev.Close(); err == nil {
			err = e
		}
	}()
	in, err := dev.NewBuffer("input", 4, gpu.HostToDevice)
	if err != nil {
		return err
	}
	defer in.Close()
	weights, err := dev.NewBuffer("weights and bias", 6, gpu.DeviceOnly)
	if err != nil {
		return err
	}
	defer weights.Close()
	out, err := dev.NewBuffer("output", 4, gpu.DeviceToHost)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := weights.Write(0, []float32{1, -1, 2, 1, -3, -5}); err != nil {
		return err
	}
	layer, err := dev.Compile("layer", gpu.Gemm{
		C: out.View(0, 2, 2), A: in.View(0, 2, 2), B: weights.View(0, 2, 2), Alpha: 1,
		Bias: weights.View(4, 1, 2), Act: gpu.Activation{Kind: gpu.ReLU},
	})
	if err != nil {
		return err
	}
	defer layer.Close()
	for _, x := range [][]float32{{1, 2, 3, 6}, {3, 10, -77, 100}} {
		copy(in.Host(), x)
		if err := layer.Run(); err != nil {
			return err
		}
		fmt.Println(out.Host())
	}
	return nil
}
