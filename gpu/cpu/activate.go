package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(activateRows) }

func activateRows(c *compiler, op gpu.Activate) (task, error) {
	y, x, act := bind(op.Y), bind(op.X), c.kernels.bound(op.Act)
	return task{plan: op.Act.String(), phases: elementwise(x.rows, x.cols, func(i, lo, hi int) {
		out := y.row(i)[lo:hi]
		copy(out, x.row(i)[lo:hi])
		act.activate(out, lo)
	})}, nil
}
