package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(symTriu) }

// symTriuSide is the side of the blocks that are moved at a time.
const symTriuSide = 64

// symTriu moves blocks of the upper triangle to where they are and to their mirror place. It reads the upper triangle only; in
// place it writes the lower one only.
func symTriu(c *compiler, op gpu.SymTriu) (task, error) {
	y, k, kernels := bind(op.Y), bind(op.K), c.kernels
	inPlace := op.Y.Same(op.K)
	m := op.K.Rows
	across := ceilDiv(m, symTriuSide)
	return task{plan: "blocks of 64×64", phases: []phase{{across * across, func(_, t int) {
		i, j := t/across*symTriuSide, t%across*symTriuSide
		rows, cols := min(symTriuSide, m-i), min(symTriuSide, m-j)
		switch {
		case i > j:
			return
		case i < j:
			kernels.transpose(y.from(j, i), y.stride, k.from(i, j), k.stride, cols, rows)
		default:
			for r := range rows {
				for s := range r {
					y.data[(i+r)*y.stride+i+s] = k.data[(i+s)*k.stride+i+r]
				}
			}
		}
		for r := range rows {
			if from := max(i+r, j); !inPlace {
				copy(y.row(i + r)[from:j+cols], k.row(i + r)[from:])
			}
		}
	}}}}, nil
}
