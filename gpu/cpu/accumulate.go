package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(accumulate) }

// accumulatePiece is how many elements are a tile: whole blocks of every form's registers.
const accumulatePiece = 8 * accumulateBlock

// accumulateBlock is a multiple of what every form keeps in registers: 12 vectors of 8 or 16 elements, 16 of 4.
const accumulateBlock = 192

// accumulate keeps as many elements in registers as hide the latency of a multiply-add, through all rounds.
func accumulate(c *compiler, op gpu.Accumulate) (task, error) {
	y, x, k := bind(op.Y), bind(op.X), c.kernels
	n, memory := op.X.Cols, c.perWorker(accumulateBlock)
	return task{plan: fmt.Sprintf("%d multiply-adds an element, %d elements at a time", op.Rounds, accumulateBlock), phases: []phase{{ceilDiv(n, accumulatePiece), func(worker, t int) {
		lo, hi := t*accumulatePiece, min((t+1)*accumulatePiece, n)
		out := y.row(0)[lo:hi]
		copy(out, x.row(0)[lo:hi])
		for len(out) >= accumulateBlock {
			k.accumulate(out[:accumulateBlock], op.A, op.B, op.Rounds)
			out = out[accumulateBlock:]
		}
		if len(out) > 0 { // in a block of their own, so that what becomes of an element does not depend on its place
			rest := memory.block(worker)[:accumulateBlock]
			clear(rest[copy(rest, out):])
			k.accumulate(rest, op.A, op.B, op.Rounds)
			copy(out, rest)
		}
	}}}}, nil
}

func accumulatePortable(y []float32, a, b float32, rounds int) {
	product := float32(a * b)
	for i, v := range y {
		for range rounds {
			v += product
		}
		y[i] = v
	}
}
