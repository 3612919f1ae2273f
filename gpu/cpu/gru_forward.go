package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(gruForward) }

// gruForwardWork is GRUForward with its operands bound. Four sums are made of the state: r and z of states and inputs, the candidate's of the
// inputs alone, and m of the states alone.
type gruForwardWork struct {
	gatedForward
	op     gpu.GRUForward
	hidden []float32 // the bias of m
}

func gruForward(c *compiler, op gpu.GRUForward) (task, error) {
	n, k := op.Hidden(), op.X.Cols
	if op.T == 0 || op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	w := &gruForwardWork{op: op, gatedForward: gatedForward{
		h: bind(op.H), g: bind(op.G), x: bind(op.X), mask: c.kernels.stateMask(op.Mask, op.Masked), gatedInputs: newGatedInputs(op.Z, op.Bias, gruGates*n)}, hidden: make([]float32, n)}
	if !op.HiddenBias.IsZero() {
		w.hidden = bind(op.HiddenBias).data
	}
	w.recurrence = recurrenceOver(c, n, n+k, op.B, n >= wideColumns/2)
	w.gateSums = w.recurrence.gateSums(c, n+k, n+k, k, n)
	w.unkept = c.perWorker((gruGates + 1) * n)
	weights, inputs := bind(op.W), bind(op.Wx)
	var phases []phase
	for i, of := range []int{0, 1, 3} { // the rows of W and of Wx, the latter behind the former
		phases = append(phases, w.gates[of].packing(operandOf(weights.rowRange(i*n, (i+1)*n), true), n, 0))
		if k > 0 {
			at := n
			if i == 2 {
				at = 0
			}
			phases = append(phases, w.gates[i].packing(operandOf(inputs.rowRange(i*n, (i+1)*n), true), k, at))
		}
	}
	return task{phases: append(phases, w.phases(op.T, w)...), plan: fmt.Sprintf("3 gates, %s", w.plan(op.T))}, nil
}

// turn makes h_{q+1} of samples lo … hi−1.
func (w *gruForwardWork) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	count, at := hi-lo, q*w.op.B+lo
	sums := w.beside(t, w.memory, w.gateSums.row)
	last := q+1 == w.op.T
	var gates, states matrix
	if next := at + w.op.B; !last {
		gates, states = w.g.rowRange(next, next+count), w.h.rowRange(next+w.op.B, next+w.op.B+count)
	}
	t.epilogue = store
	blocks := cols.blocks(gateBlock)
	unitBlocks(cols, func(block int, units span) {
		for i := range w.gates {
			state := matrix{data: from, stride: w.recurrence.pitch}
			if i == 2 {
				state.data = from[w.n:] // the inputs
			}
			p := turnProduct{depth: w.gates[i].depth, state: state, c: matrix{data: sums.data[i*w.gateSums.pitch:], stride: sums.stride}}
			p.next = ahead{gates, states}.part(len(w.gates)*block+i, len(w.gates)*blocks)
			w.gates[i].multiply(t, count, w.panels(units), &p)
		}
		w.finish(t, &sums, to, at, count, units)
	})
	if !last {
		w.enter(q+1, to, lo, hi, cols)
	}
}

// finish makes the gates and states of some units of count rows from their sums.
func (w *gruForwardWork) finish(t *tile, sums *matrix, to []float32, at, count int, units span) {
	r := gruForwardRow{pitch: w.gateSums.pitch, apart: w.n, bias: w.hidden[units.lo:]}
	r.g = w.unkept.block(t.worker)[units.lo:]
	for i := range count {
		row := at + i
		if !w.g.absent() {
			r.g = w.g.row(row)[units.lo:]
		}
		r.sum, r.add, r.before = sums.from(i, units.lo), w.gatedInputs.row(row)[units.lo:], w.h.row(row)[units.lo:]
		r.h, r.state = w.h.row(row + w.op.B)[units.lo:], to[i*w.recurrence.pitch+units.lo:]
		gruForwardUnits(w.k, &r, units.len())
	}
}
