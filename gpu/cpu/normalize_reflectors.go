package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(normalizeReflectors) }

// normalizeReflectors sums squares in double precision, where no single-precision length overflows or vanishes.
func normalizeReflectors(_ *compiler, op gpu.NormalizeReflectors) (task, error) {
	u, m := bind(op.U), op.PerSet()
	step := max(1, elementwiseTile/max(u.cols, 1))
	return task{plan: "rows", phases: []phase{{ceilDiv(u.rows, step), func(_, t int) {
		for j := t * step; j < min((t+1)*step, u.rows); j++ {
			row := u.row(j)
			clear(row[:j%m])
			normalize(row[j%m:])
		}
	}}}}, nil
}

// normalize scales x to unit length; zero stays zero.
func normalize(x []float32) {
	length := math.Sqrt(squares(x))
	if length == 0 {
		return
	}
	for i, v := range x {
		x[i] = float32(float64(v) / length)
	}
}

// squares returns Σ x_i² in double precision, in four strands.
func squares(x []float32) float64 {
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b, c, d := float64(x[i]), float64(x[i+1]), float64(x[i+2]), float64(x[i+3])
		s[0] += a * a
		s[1] += b * b
		s[2] += c * c
		s[3] += d * d
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i]) * float64(x[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
