package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(timeSum) }

// timeSumCols is the least number of columns that a worker takes.
const timeSumCols = 64

// timeSum has every worker go through all time steps with some columns of a sample.
func timeSum(c *compiler, op gpu.TimeSum) (task, error) {
	y, x, steps, k := bind(op.Y), bind(op.X), op.Steps(), c.kernels
	if y.rows == 0 || y.cols == 0 {
		return task{plan: "empty"}, nil
	}
	pieces := 1
	if y.rows < 2*c.threads {
		pieces = min(ceilDiv(2*c.threads, y.rows), ceilDiv(y.cols, timeSumCols))
	}
	sums := c.perWorker(ceilDiv(y.cols, pieces))
	return task{plan: "samples", phases: []phase{{y.rows * pieces, func(worker, i int) {
		b := i / pieces
		lo, hi := part(y.cols, pieces, i%pieces)
		out, sum := y.row(b)[lo:hi], sums.block(worker)[:hi-lo]
		clear(sum)
		for t := range steps {
			k.axpy(1, x.row(t*y.rows + b)[lo:hi], sum)
		}
		if op.Beta == 0 {
			k.scale(op.Alpha, sum, out)
			return
		}
		k.scale(op.Beta, out, out)
		k.axpy(op.Alpha, sum, out)
	}}}}, nil
}
