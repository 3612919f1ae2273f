package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(scatterAdd) }

// scatterColumns is the least number of columns of a worker's share.
const scatterColumns = 64

// scatterAdd scales the table and then has workers go through all rows, each adding up columns of its own: the order of a sum is that of
// the rows.
func scatterAdd(c *compiler, op gpu.ScatterAdd) (task, error) {
	table, x, tokens, k := bind(op.Table), bind(op.X), bindInts(op.Tokens), c.kernels
	var t task
	if op.Beta != 1 {
		t.phases = elementwise(table.rows, table.cols, func(i, lo, hi int) {
			if row := table.row(i)[lo:hi]; op.Beta == 0 {
				clear(row)
			} else {
				k.scale(op.Beta, row, row)
			}
		})
	}
	shares := min(c.threads, ceilDiv(table.cols, scatterColumns))
	t.plan = "columns"
	if len(tokens) == 0 || shares == 0 {
		return t, nil
	}
	t.phases = append(t.phases, phase{shares, func(_, s int) {
		lo, hi := part(table.cols, shares, s)
		for i, v := range tokens {
			if v := int(v); v >= 0 && v < table.rows {
				k.axpy(1, x.row(i)[lo:hi], table.row(v)[lo:hi])
			}
		}
	}})
	return t, nil
}
