package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(normalizeReflectors) }

// normalizeReflectors multiplies each reflector by a power of two first, so that no square overflows or vanishes.
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
	square := k.squares(x)
	if !(square > 0x1p-100 && square < 0x1p100) { // few reflectors need the scaling that is always right
		scaleReflector(x, x)
		if square = k.squares(x); square == 0 {
			return
		}
	}
	k.scale(float32(1/math.Sqrt(square)), x, x)
}
