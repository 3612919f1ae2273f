package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// activate replaces every element of x by its activation. None of the loops branches on the signs, which no processor predicts.
func activate(k *kernels, act gpu.Activation, x []float32) {
	switch act.Kind {
	case gpu.ReLU:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	case gpu.LeakyReLU:
		for i, v := range x {
			x[i] = max(v, 0) + float32(act.Slope*min(v, 0))
		}
	case gpu.Tanh:
		k.tanh(x)
	}
}

// gate multiplies dx by the activation's derivative at the output y.
func gate(act gpu.Activation, dx, y []float32) {
	y = y[:len(dx)]
	switch act.Kind {
	case gpu.ReLU:
		gateLeakyRow(0, dx, y)
	case gpu.LeakyReLU:
		gateLeakyRow(act.Slope, dx, y)
	case gpu.Tanh:
		for i, h := range y {
			dx[i] *= 1 - float32(h*h)
		}
	}
}

func gateLeakyRow(slope float32, dx, y []float32) {
	factors := [2]float32{slope, 1}
	for i, h := range y {
		positive := 0
		if h > 0 {
			positive = 1
		}
		dx[i] *= factors[positive]
	}
}
