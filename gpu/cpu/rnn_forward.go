package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(rnnForward) }

// forward is RNNForward with its operands bound. The inputs x_t are appended to the state, and Wxᵀ to the packed Wᵀ, so that one
// product makes W h + Wx x and no pre-activations are ever stored.
type forward struct {
	*recurrence
	op      gpu.RNNForward
	act     bound
	h, z, x matrix
	bias    matrix
	mask    stateMask
	inputs  int
}

func rnnForward(c *compiler, op gpu.RNNForward) (task, error) {
	n := op.Hidden()
	if op.T == 0 || op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	w := &forward{op: op, act: c.kernels.bound(op.Act), h: bind(op.H), z: bind(op.Z), x: bind(op.X), bias: bind(op.Bias), mask: c.kernels.stateMask(op.Mask, op.Masked)}
	w.bias.stride = 0 // the same row for every sample
	if !op.X.IsZero() {
		w.inputs = op.X.Cols
	}
	w.recurrence = newRecurrence(c, n, n+w.inputs, op.B)
	phases := []phase{w.packing(operandOf(bind(op.W), true), n, 0)}
	if w.inputs > 0 {
		phases = append(phases, w.packing(operandOf(bind(op.Wx), true), w.inputs, n))
	}
	return task{phases: append(phases, w.phases(op.T, w)...), plan: w.plan(op.T)}, nil
}

// begin copies h_0, masks it and appends x_1.
func (w *forward) begin(state []float32, lo, hi int) {
	for i := lo; i < hi; i++ {
		copy(state[(i-lo)*w.pitch:], w.h.row(i))
	}
	w.mask.apply(&matrix{data: state, stride: w.pitch}, lo, hi-lo, span{0, w.n}, 0)
	w.appendInputs(state, 0, lo, hi)
}

// turn makes h_{q+1} of samples lo … hi−1.
func (w *forward) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	b, count := w.op.B, hi-lo
	first := (q+1)*b + lo
	p := turnProduct{depth: w.depth, state: matrix{data: from, stride: w.pitch}, add: w.bias, c: w.h.rowRange(first, first+count), d: matrix{data: to, stride: w.pitch}}
	if !w.z.absent() {
		p.add = w.z.rowRange(first-b, first-b+count)
	}
	last := q+1 == w.op.T
	if !last {
		p.next[0], p.next[1] = w.h.rowRange(first+b, first+b+count).data, w.z.rowRange(first, first+count).data
	}
	t.epilogue, t.slope = forwardEpilogue(w.op.Act), w.op.Act.Slope
	state := w.act.prepare(&p)
	w.multiply(t, count, cols, &p)
	if !w.act.fused() {
		w.act.states(&p.c, &state, cols)
	}
	if !last {
		w.mask.apply(&matrix{data: to, stride: w.pitch}, lo, count, cols, q+1)
	}
	if cols.lo == 0 && !last {
		w.appendInputs(to, q+1, lo, hi)
	}
}

// appendInputs copies x of a step behind the state of every sample.
func (w *forward) appendInputs(state []float32, step, lo, hi int) {
	appendColumns(&matrix{data: state, stride: w.pitch}, w.n, &w.x, step*w.op.B+lo, hi-lo)
}
