package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(rnnForward) }

// forward is RNNForward with its operands bound. The inputs x_t are appended to the state, and Wxᵀ to the packed Wᵀ, so that one
// product makes W h + Wx x and no pre-activations are ever stored.
type forward struct {
	*recurrence
	gpu.RNNForward
	h, z, x matrix
	bias    matrix
	inputs  int
}

func rnnForward(c *compiler, op gpu.RNNForward) (task, error) {
	n := op.Hidden()
	if op.T == 0 || op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	w := &forward{RNNForward: op, h: bind(op.H), z: bind(op.Z), x: bind(op.X), bias: bind(op.Bias)}
	w.bias.stride = 0 // the same row for every sample
	if !op.X.IsZero() {
		w.inputs = op.X.Cols
	}
	w.recurrence = newRecurrence(c, n, n+w.inputs, op.B)
	phases := []phase{w.packing(operandOf(bind(op.W), true), n, 0)}
	if w.inputs > 0 {
		phases = append(phases, w.packing(operandOf(bind(op.Wx), true), w.inputs, n))
	}
	return task{
		phases: append(phases, phase{w.tiles, w.sequence}),
		plan:   fmt.Sprintf("%d steps in %d tiles of %d samples, %d+%d → %d, %s", op.T, w.tiles, w.recurrence.tile, n, w.inputs, n, c.kernels.name),
	}, nil
}

// sequence carries one tile of samples through all steps.
func (w *forward) sequence(worker, i int) {
	lo, hi := w.span(i)
	count := hi - lo
	state := w.buffers(worker)
	for r := range count {
		copy(state[0][r*w.pitch:], w.h.row(lo+r))
	}
	t := &w.call[worker]
	*t = tile{epilogue: forwardEpilogue(w.Act), slope: w.Act.Slope}
	for step := range w.T {
		from, to := state[step%2], state[(step+1)%2]
		w.appendInputs(from, step, lo, count)
		first := (step+1)*w.B + lo
		out := w.h.rowRange(first, first+count)
		add := w.bias
		if !w.z.absent() {
			add = w.z.rowRange(first-w.B, first-w.B+count)
		}
		var next [2][]float32
		if step+1 < w.T {
			next[0] = w.h.rowRange(first+w.B, first+w.B+count).data
			next[1] = w.z.rowRange(first, first+count).data
		}
		w.recurrence.step(t, count, w.depth, from, add, matrix{}, out, matrix{data: to, stride: w.pitch}, next)
		if w.Act.Kind == gpu.Tanh {
			w.tanh(out, to)
		}
	}
	*t = tile{}
}

// appendInputs copies x_t behind the state of every sample.
func (w *forward) appendInputs(state []float32, step, lo, count int) {
	if w.inputs == 0 {
		return
	}
	x := w.x.from(step*w.B+lo, 0)
	if w.inputs == 1 {
		for r := range count {
			state[r*w.pitch+w.n] = x[r*w.x.stride]
		}
		return
	}
	for r := range count {
		copy(state[r*w.pitch+w.n:r*w.pitch+w.depth], x[r*w.x.stride:])
	}
}

// tanh applies the activation that the micro-kernel does not have to the output and the state.
func (w *forward) tanh(out matrix, state []float32) {
	for r := range out.rows {
		row := out.row(r)
		w.k.tanh(row)
		copy(state[r*w.pitch:], row)
	}
}
