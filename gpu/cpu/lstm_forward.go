package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(lstmForward) }

const lstmGates = 4

// lstmForwardWork is LSTMForward with its operands bound. The rows of Wxᵀ stand behind the packed matrices, so that one product makes W h + Wx x.
type lstmForwardWork struct {
	gatedForward
	op gpu.LSTMForward
	c  matrix
}

func lstmForward(c *compiler, op gpu.LSTMForward) (task, error) {
	n := op.Hidden()
	if op.T == 0 || op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	w := &lstmForwardWork{op: op, c: bind(op.C), gatedForward: gatedForward{
		h: bind(op.H), g: bind(op.G), x: bind(op.X), mask: c.kernels.stateMask(op.Mask, op.Masked), gatedInputs: newGatedInputs(op.Z, op.Bias, lstmGates*n)}}
	w.recurrence = recurrenceOver(c, n, n+op.X.Cols, op.B, n >= wideColumns/2)
	w.gateSums = w.recurrence.gateSums(c, w.depth, w.depth, w.depth, w.depth)
	w.unkept = c.perWorker(lstmGates * n)
	var phases []phase
	weights, inputs := bind(op.W), bind(op.Wx)
	for i := range w.gates {
		phases = append(phases, w.gates[i].packing(operandOf(weights.rowRange(i*n, (i+1)*n), true), n, 0))
		if op.X.Cols > 0 {
			phases = append(phases, w.gates[i].packing(operandOf(inputs.rowRange(i*n, (i+1)*n), true), op.X.Cols, n))
		}
	}
	return task{phases: append(phases, w.phases(op.T, w)...), plan: fmt.Sprintf("4 gates, %s", w.plan(op.T))}, nil
}

// turn makes c_{q+1} and h_{q+1} of samples lo … hi−1.
func (w *lstmForwardWork) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	count, at := hi-lo, q*w.op.B+lo
	sums := w.beside(t, w.memory, w.gateSums.row)
	last := q+1 == w.op.T
	var gates, states, cells matrix
	if next := at + w.op.B; !last {
		gates, states, cells = w.g.rowRange(next, next+count), w.h.rowRange(next+w.op.B, next+w.op.B+count), w.c.rowRange(next+w.op.B, next+w.op.B+count)
	}
	t.epilogue = store
	blocks := cols.blocks(gateBlock)
	unitBlocks(cols, func(block int, units span) {
		for i := range w.gates {
			p := turnProduct{depth: w.depth, state: matrix{data: from, stride: w.recurrence.pitch}, c: matrix{data: sums.data[i*w.gateSums.pitch:], stride: sums.stride}}
			p.next = ahead{gates, states}.part(lstmGates*block+i, lstmGates*blocks)
			if i%2 == 1 {
				p.next[1] = ahead{cells}.part(2*block+i/2, 2*blocks)[0]
			}
			w.gates[i].multiply(t, count, w.panels(units), &p)
		}
		w.finish(t, &sums, to, at, count, units)
	})
	if !last {
		w.enter(q+1, to, lo, hi, cols)
	}
}

// finish makes the gates and states of some units of count rows from their sums.
func (w *lstmForwardWork) finish(t *tile, sums *matrix, to []float32, at, count int, units span) {
	r := lstmForwardRow{pitch: w.gateSums.pitch, apart: w.n}
	r.g = w.unkept.block(t.worker)[units.lo:]
	for i := range count {
		row := at + i
		if !w.g.absent() {
			r.g = w.g.row(row)[units.lo:]
		}
		r.sum, r.add, r.before = sums.from(i, units.lo), w.gatedInputs.row(row)[units.lo:], w.c.row(row)[units.lo:]
		r.c, r.h, r.state = w.c.row(row + w.op.B)[units.lo:], w.h.row(row + w.op.B)[units.lo:], to[i*w.recurrence.pitch+units.lo:]
		lstmForwardUnits(w.k, &r, units.len())
	}
}
