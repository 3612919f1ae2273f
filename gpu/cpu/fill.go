package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(fill) }

func fill(_ *compiler, op gpu.Fill) (task, error) {
	y := bind(op.Y)
	return task{plan: "elementwise", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		row := y.row(i)[lo:hi]
		for j := range row {
			row[j] = op.Value
		}
	})}, nil
}
