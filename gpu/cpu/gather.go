package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(gather) }

func gather(_ *compiler, op gpu.Gather) (task, error) {
	y, table, tokens := bind(op.Y), bind(op.Table), bindInts(op.Tokens)
	if y.cols == 0 {
		return task{plan: "empty"}, nil
	}
	return task{plan: "rows", phases: byRows(y.rows, y.cols, func(i int) {
		if v := int(tokens[i]); v >= 0 && v < table.rows {
			copy(y.row(i), table.row(v))
		} else {
			clear(y.row(i))
		}
	})}, nil
}
