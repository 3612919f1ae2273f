package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(sigma) }

func sigma(_ *compiler, op gpu.Sigma) (task, error) {
	out, s := bind(op.Out).data, bind(op.S).data
	center, radius := float64(op.Center), float64(op.Radius)
	low, high := op.Center-op.Radius, op.Center+op.Radius
	band := func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			v := float32(center + 2*radius*(sigmoid(float64(s[i]))-0.5))
			if v < low {
				v = low
			}
			if v > high {
				v = high
			}
			out[i] = v
		}
	}
	positive := func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i] = float32(center * math.Exp(float64(s[i])))
		}
	}
	if op.Map == gpu.SigmaPositive {
		return task{plan: "elementwise", phases: elementwise(1, len(s), positive)}, nil
	}
	return task{plan: "elementwise", phases: elementwise(1, len(s), band)}, nil
}

// sigmoid is 1/(1+e⁻ˣ), without overflow for large negative x.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}
