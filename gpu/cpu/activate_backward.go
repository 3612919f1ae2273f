package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(activateBackward) }

func activateBackward(_ *compiler, op gpu.ActivateBackward) (task, error) {
	dx, dy, y := bind(op.DX), bind(op.DY), bind(op.Y)
	return task{plan: "gradient of " + op.Act.String(), phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		out := dx.row(i)[lo:hi]
		copy(out, dy.row(i)[lo:hi])
		gate(op.Act, out, y.row(i)[lo:hi])
	})}, nil
}
