package cpu

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(norm) }

// norm sums squares in double precision, each tile of elementwise into a slot of its own and the slots in order. The sum is
// finite exactly if every element is: single-precision squares cannot overflow it.
func norm(c *compiler, op gpu.Norm) (task, error) {
	x, out, k := bind(op.X), bind(op.Out).data, c.kernels
	pieces := ceilDiv(x.cols, elementwiseTile)
	sums := make([]float64, x.rows*pieces)
	first := elementwise(x.rows, x.cols, func(i, lo, hi int) {
		sums[i*pieces+lo/elementwiseTile] = k.squares(x.row(i)[lo:hi])
	})
	last := phase{1, func(_, _ int) {
		total := 0.0
		for _, s := range sums {
			total += s
		}
		out[0], out[1] = float32(math.Sqrt(total)), 1
		if math.IsNaN(total) || math.IsInf(total, 0) {
			out[1] = 0
		}
	}}
	return task{phases: append(first, last), plan: fmt.Sprintf("%d partial sums", len(sums))}, nil
}
