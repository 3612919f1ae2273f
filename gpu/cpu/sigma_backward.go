package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(sigmaBackward) }

func sigmaBackward(_ *compiler, op gpu.SigmaBackward) (task, error) {
	ds, dsigma, s := bind(op.DS).data, bind(op.DSigma).data, bind(op.S).data
	center, radius := float64(op.Center), float64(op.Radius)
	derivative := func(x float64) float64 {
		g := sigmoid(x)
		return 2 * radius * g * (1 - g)
	}
	if op.Map == gpu.SigmaPositive {
		derivative = func(x float64) float64 { return center * math.Exp(x) }
	}
	return task{plan: "elementwise", phases: elementwise(1, len(s), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			ds[i] = float32(float64(dsigma[i]) * derivative(float64(s[i])))
		}
	})}, nil
}
