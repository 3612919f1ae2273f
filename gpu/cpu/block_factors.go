package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(blockFactors) }

// blockFactors multiplies U_k·U_kᵀ and inverts its triangle, in double precision, a block a tile.
func blockFactors(c *compiler, op gpu.BlockFactors) (task, error) {
	a, u, b := bind(op.A), bind(op.U), op.A.Cols
	m, n := op.U.Rows, op.U.Cols
	if m == 0 {
		return task{plan: "empty"}, nil
	}
	ws := c.workspace(b, b, n)
	gram := c.perWorker(b * b)
	p := product{kernels: c.kernels, a: operandOf(u, false), b: operandOf(u, true)}
	return task{
		plan: fmt.Sprintf("%d blocks of %d reflectors of %d, %s", ceilDiv(m, b), b, n, c.kernels.name),
		phases: []phase{{ceilDiv(m, b), func(worker, k int) {
			s := matrix{data: gram.block(worker), rows: b, cols: b, stride: b}
			rows := span{k * b, min((k+1)*b, m)}
			p.block(ws, worker, rows, rows, span{rows.lo, n}, output{c: s.data, cRow: b})
			for i := range rows.len() {
				s.data[i*b+i] /= 2
			}
			var inv [triBlock][triBlock]float64
			invertTriangle(&inv, s, span{0, rows.len()})
			for i := range b {
				for j, row := 0, a.row(rows.lo+i); j < b; j++ {
					row[j] = float32(inv[i][j])
				}
			}
		}}},
	}, nil
}
