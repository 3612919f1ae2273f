package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(minMax) }

// minMax takes the extremes of every piece of a row, then of the pieces.
func minMax(_ *compiler, op gpu.MinMax) (task, error) {
	x, out := bind(op.X), bind(op.Out).data
	pieces := ceilDiv(x.cols, elementwiseTile)
	found := make([][2]float32, x.rows*pieces)
	first := elementwise(x.rows, x.cols, func(i, lo, hi int) {
		low, high := extremes(x.row(i)[lo:hi])
		found[i*pieces+lo/elementwiseTile] = [2]float32{low, high}
	})
	last := phase{1, func(_, _ int) {
		low, high := found[0][0], found[0][1]
		for _, f := range found[1:] {
			low, high = min(low, f[0]), max(high, f[1])
		}
		out[0], out[1] = low, high
	}}
	return task{phases: append(first, last), plan: "pieces of rows"}, nil
}

// extremes returns the least and the greatest element of x, NaN for both where there is a NaN.
func extremes(x []float32) (low, high float32) {
	low, high = x[0], x[0]
	for _, v := range x[1:] {
		if v != v {
			nan := float32(math.NaN())
			return nan, nan
		}
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return low, high
}
