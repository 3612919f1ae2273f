package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(normalizeReflectors) }

// normalizeReflectors sums squares in double precision, where no single-precision length overflows or vanishes.
func normalizeReflectors(c *compiler, op gpu.NormalizeReflectors) (task, error) {
	u, m, k := bind(op.U), op.PerSet(), c.kernels
	step := max(1, elementwiseTile/max(u.cols, 1))
	return task{plan: "rows", phases: []phase{{ceilDiv(u.rows, step), func(_, t int) {
		for j := t * step; j < min((t+1)*step, u.rows); j++ {
			row := u.row(j)
			clear(row[:j%m])
			normalize(k, row[j%m:])
		}
	}}}}, nil
}

// normalize scales x to unit length; zero stays zero.
func normalize(k *kernels, x []float32) {
	length := math.Sqrt(k.squares(x))
	if length == 0 {
		return
	}
	if inverse := 1 / length; inverse > 0x1p-100 && inverse < 0x1p100 {
		k.scale(float32(inverse), x, x)
		return
	}
	for i, v := range x { // the inverse may not be a single-precision number
		x[i] = float32(float64(v) / length)
	}
}
