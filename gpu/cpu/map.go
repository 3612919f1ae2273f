package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(mapOp) }

// functions are the functions of gpu.Map, by gpu.Func.
var functions = [...]func(x, p float64) float64{
	gpu.Reciprocal: func(x, _ float64) float64 { return 1 / x },
	gpu.Log:        func(x, _ float64) float64 { return math.Log(x) },
	gpu.Exp:        func(x, _ float64) float64 { return math.Exp(x) },
	gpu.Abs:        func(x, _ float64) float64 { return math.Abs(x) },
	gpu.Square:     func(x, _ float64) float64 { return x * x },
	gpu.Power:      math.Pow,
}

// mapOp computes in double precision and rounds once.
func mapOp(_ *compiler, op gpu.Map) (task, error) {
	y, x, f, p := bind(op.Y), bind(op.X), functions[op.F], float64(op.P)
	return task{plan: "elementwise", phases: elementwise(x.rows, x.cols, func(i, lo, hi int) {
		in, out := x.row(i)[lo:hi], y.row(i)[lo:hi]
		for j, v := range in {
			out[j] = float32(f(float64(v), p))
		}
	})}, nil
}
