package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// activate replaces every element of x by its activation.
func activate(k *kernels, act gpu.Activation, x []float32) {
	switch act.Kind {
	case gpu.ReLU:
		for i, v := range x {
			if v < 0 {
				x[i] = 0
			}
		}
	case gpu.LeakyReLU:
		for i, v := range x {
			if v < 0 {
				x[i] = act.Slope * v
			}
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
		for i, h := range y {
			if !(h > 0) {
				dx[i] *= 0
			}
		}
	case gpu.LeakyReLU:
		for i, h := range y {
			if !(h > 0) {
				dx[i] *= act.Slope
			}
		}
	case gpu.Tanh:
		for i, h := range y {
			dx[i] *= 1 - float32(h*h)
		}
	}
}
