package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(blockFactors) }

// blocksWork is BlockFactors with its operands bound.
type blocksWork struct {
	a, u     matrix
	k        *kernels
	panels   scratch    // for every worker a block of U_kᵀ, packed
	products scratch    // and U_k U_kᵀ (b × b)
	inverses []triangle // one for each worker
	call     []tile
}

// blockFactors multiplies U_k·U_kᵀ and inverts its triangle, in double precision, a block a tile.
func blockFactors(c *compiler, op gpu.BlockFactors) (task, error) {
	w := &blocksWork{a: bind(op.A), u: bind(op.U), k: c.kernels, inverses: make([]triangle, c.threads), call: make([]tile, c.threads)}
	m, n, b := op.U.Rows, op.U.Cols, op.A.Cols
	if m == 0 {
		return task{plan: "empty"}, nil
	}
	w.panels, w.products = c.perWorker(min(n, depthBlock)*c.kernels.padded(b)), c.perWorker(b*b)
	return task{
		plan:   fmt.Sprintf("%d blocks of %d reflectors of %d, %s", ceilDiv(m, b), b, n, c.kernels.name),
		phases: []phase{{ceilDiv(m, b), w.block}},
	}, nil
}

// block makes the factor of block k.
func (w *blocksWork) block(worker, k int) {
	b := w.a.cols
	rows := span{k * b, min((k+1)*b, w.u.rows)}
	s := matrix{data: w.products.block(worker), cols: b, stride: b}
	columns := span{rows.lo, w.u.cols} // the others hold structural zeros
	pieces := columns.blocks(depthBlock)
	for q := range pieces {
		w.multiply(worker, rows, columns.piece(q, pieces), s, q > 0)
	}
	for i := range rows.len() {
		s.data[i*b+i] /= 2
	}
	inv := &w.inverses[worker]
	inv.invert(w.k, &s, span{0, rows.len()})
	for i := range b {
		clear(w.a.row(rows.lo + i))
	}
	inv.write(w.a.from(rows.lo, 0), w.a.stride, rows.len())
}

// multiply sets s to U_k·U_kᵀ over some of the columns, or with add adds it; below the diagonal not everything is made. Both factors
// are read from the panels of U_kᵀ.
func (w *blocksWork) multiply(worker int, reflectors, columns span, s matrix, add bool) {
	packed, depth, size := w.panels.block(worker), columns.len(), reflectors.len()
	w.k.packPanels(packed, depth, 0, operandOf(w.u, true), columns, reflectors)
	t := &w.call[worker]
	for left := 0; left < size; left += w.k.cols {
		rows := min(w.k.cols, size-left)
		width := w.k.panel(rows)
		groups := ceilDiv(rows, min(w.k.rows, max(w.k.half/2, 4)))
		for g := range groups {
			lo, hi := part(rows, groups, g)
			for right := left; right < size; right += w.k.cols {
				valid, skip := min(w.k.cols, size-right), 0
				if right == left {
					skip = lo / w.k.half * w.k.half
				}
				*t = tile{depth: depth, a: packed[left*depth+lo:], aRow: 1, aCol: width, b: packed[right*depth+skip:], bRow: w.k.panel(valid),
					c: s.from(left+lo, right+skip), cRow: s.stride, cols: valid - skip, panels: 1}
				if add {
					t.add, t.addRow = t.c, t.cRow
				}
				w.k.multiply(hi-lo, t)
			}
		}
	}
}
