package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(activateRows) }

func activateRows(c *compiler, op gpu.Activate) (task, error) {
	y, x, k := bind(op.Y), bind(op.X), c.kernels
	return task{plan: op.Act.String(), phases: elementwise(x.rows, x.cols, func(i, lo, hi int) {
		out := y.row(i)[lo:hi]
		copy(out, x.row(i)[lo:hi])
		activate(k, op.Act, out)
	})}, nil
}
