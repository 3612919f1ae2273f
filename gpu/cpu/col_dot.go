package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(colDot) }

const (
	colDotRows = 512 // rows that are summed into one partial sum
	colDotCols = 512 // columns that a worker sums at a time
)

// colDot sums blocks of rows in double precision and then the blocks in order.
func colDot(c *compiler, op gpu.ColDot) (task, error) {
	a, b, out := bind(op.A), bind(op.B), bind(op.Out).data
	if op.A.Cols == 0 {
		return task{plan: "empty"}, nil
	}
	k := c.kernels
	cols, across := op.A.Cols, ceilDiv(op.A.Cols, colDotCols)
	down := ceilDiv(op.A.Rows, colDotRows)
	sums := make([]float64, down*cols)
	first := phase{down * across, func(_, t int) {
		lo, hi := part(cols, across, t%across)
		block := sums[t/across*cols+lo : t/across*cols+hi]
		clear(block)
		for i := t / across * colDotRows; i < min((t/across+1)*colDotRows, a.rows); i++ {
			row := a.row(i)[lo:hi]
			if b.absent() {
				addTo(block, row)
				continue
			}
			k.addProducts(block, row, b.row(i)[lo:hi])
		}
	}}
	last := phase{across, func(_, t int) {
		lo, hi := part(cols, across, t)
		for j := lo; j < hi; j++ {
			total := 0.0
			for i := range down {
				total += sums[i*cols+j]
			}
			total *= float64(op.Alpha)
			if op.Beta != 0 {
				total += float64(op.Beta) * float64(out[j])
			}
			out[j] = float32(total)
		}
	}}
	return task{phases: []phase{first, last}, plan: fmt.Sprintf("%d×%d blocks", down, across)}, nil
}

func addTo(sums []float64, x []float32) {
	sums = sums[:len(x)]
	for j, v := range x {
		sums[j] += float64(v)
	}
}
