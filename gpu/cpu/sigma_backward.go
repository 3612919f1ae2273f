package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(sigmaBackward) }

// sigmaBackward sums a block of columns in double precision and multiplies by the derivative.
func sigmaBackward(c *compiler, op gpu.SigmaBackward) (task, error) {
	ds, dsigma, s, a, b := bind(op.DS).data, bind(op.DSigma), bind(op.S).data, bind(op.A), bind(op.B)
	center, radius := float64(op.Center), float64(op.Radius)
	derivative := func(x float64) float64 {
		g := sigmoid(x)
		return 2 * radius * g * (1 - g)
	}
	if op.Map == gpu.SigmaPositive {
		derivative = func(x float64) float64 { return center * math.Exp(x) }
	}
	if len(s) == 0 {
		return task{plan: "empty"}, nil
	}
	blocks, apart, alpha := ceilDiv(len(s), sigmaCols), op.Apart(), float64(op.Alpha)
	sums := make([]float64, len(s))
	return task{plan: "blocks of columns", phases: []phase{{blocks, func(_, t int) {
		lo, hi := part(len(s), blocks, t)
		total := sums[lo:hi]
		clear(total)
		for i := range a.rows {
			c.kernels.addProducts(total, a.row(i)[lo:hi], b.row(i)[lo:hi])
		}
		for j, sum := range total {
			sum *= alpha
			if !dsigma.absent() {
				sum += float64(dsigma.data[(lo+j)*apart])
			}
			ds[lo+j] = float32(sum * derivative(float64(s[lo+j])))
		}
	}}}}, nil
}

// sigmaCols is the most columns that a worker takes at a time.
const sigmaCols = 128
