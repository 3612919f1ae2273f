package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(activateBackward) }

func activateBackward(c *compiler, op gpu.ActivateBackward) (task, error) {
	dx, dy, y, dunit, act := bind(op.DX), bind(op.DY), bind(op.Y), bind(op.DUnit), c.kernels.bound(op.Act)
	return task{plan: "gradient of " + op.Act.String(), phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		out := dx.row(i)[lo:hi]
		copy(out, dy.row(i)[lo:hi])
		var sums []float32
		if !dunit.absent() {
			sums = dunit.row(i)[lo:hi]
			clear(sums)
		}
		act.gate(out, y.row(i)[lo:hi], sums, lo)
		if sums != nil {
			act.finishSums(sums, lo)
		}
	})}, nil
}
