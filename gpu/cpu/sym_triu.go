package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(symTriu) }

// symTriu reads only the upper triangle; in place it writes only the lower one.
func symTriu(_ *compiler, op gpu.SymTriu) (task, error) {
	y, k := bind(op.Y), bind(op.K)
	inPlace := op.Y.Same(op.K)
	return task{plan: "rows", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		row := y.row(i)
		for j := lo; j < min(i, hi); j++ {
			row[j] = k.data[j*k.stride+i]
		}
		if from := max(i, lo); !inPlace && from < hi {
			copy(row[from:hi], k.row(i)[from:hi])
		}
	})}, nil
}
