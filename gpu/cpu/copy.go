package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(copyOp) }

// copyOp moves rows, or blocks that are transposed in cache.
func copyOp(c *compiler, op gpu.Copy) (task, error) {
	y, x := bind(op.Y), bind(op.X)
	if !op.Transpose {
		return task{plan: "rows", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
			copy(y.row(i)[lo:hi], x.row(i)[lo:hi])
		})}, nil
	}
	const side = 64
	across, k := ceilDiv(y.cols, side), c.kernels
	return task{plan: "transposed blocks of 64×64", phases: []phase{{ceilDiv(y.rows, side) * across, func(_, t int) {
		r, j := t/across*side, t%across*side
		k.transpose(y.from(r, j), y.stride, x.from(j, r), x.stride, min(side, y.rows-r), min(side, y.cols-j))
	}}}}, nil
}
