package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(gram) }

// gramTile is the side of the tiles of S.
const gramTile = 64

// gram multiplies U·Uᵀ in the tiles that touch the upper triangle.
func gram(c *compiler, op gpu.Gram) (task, error) {
	sets, units := bindStack(op.S, op.Count(), op.StrideS), bindStack(op.U, op.Count(), op.StrideU)
	m, n := op.U.Rows, op.U.Cols
	if m == 0 {
		return task{plan: "empty"}, nil
	}
	across := ceilDiv(m, gramTile)
	ws := c.workspace(gramTile, gramTile, max(n, 1))
	return task{
		plan: fmt.Sprintf("%d of %d×%d×%d, upper tiles of %d×%d, %s", op.Count(), m, m, n, gramTile, gramTile, c.kernels.name),
		phases: []phase{{across * across * op.Count(), func(worker, t int) {
			item := t / (across * across)
			t %= across * across
			s, u := sets.item(item), units.item(item)
			p := product{kernels: c.kernels, a: operandOf(u, false), b: operandOf(u, true)}
			i, j := t/across*gramTile, t%across*gramTile
			rows, cols := span{i, min(i+gramTile, m)}, span{j, min(j+gramTile, m)}
			if i <= j && n > 0 {
				p.block(ws, worker, rows, cols, span{0, n}, output{c: s.from(i, j), cRow: s.stride})
			}
			for r := rows.lo; r < rows.hi; r++ {
				row := s.row(r)
				if n == 0 {
					clear(row[cols.lo:cols.hi])
				}
				clear(row[cols.lo:max(cols.lo, min(r, cols.hi))])
				if cols.lo <= r && r < cols.hi {
					row[r] /= 2
				}
			}
		}}},
	}, nil
}
