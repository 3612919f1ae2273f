package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(rnnBackward) }

// backward is RNNBackward with its operands bound.
type backward struct {
	*recurrence
	gpu.RNNBackward
	delta, h, dh, dh0 matrix
	last              bool // dh is the gradient of the last step alone
}

func rnnBackward(c *compiler, op gpu.RNNBackward) (task, error) {
	n := op.W.Cols
	w := &backward{RNNBackward: op, delta: bind(op.Delta), h: bind(op.H), dh: bind(op.DH), dh0: bind(op.DH0), last: op.LastOnly()}
	if op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	if op.T == 0 {
		return task{plan: "no steps", phases: elementwise(w.dh0.rows, w.dh0.cols, func(i, lo, hi int) { clear(w.dh0.row(i)[lo:hi]) })}, nil
	}
	w.recurrence = newRecurrence(c, n, n, op.B)
	return task{
		phases: []phase{w.packing(operandOf(bind(op.W), false), n, 0), {w.tiles, w.sequence}},
		plan:   fmt.Sprintf("%d steps in %d tiles of %d samples, %d → %d, %s", op.T, w.tiles, w.recurrence.tile, n, n, c.kernels.name),
	}, nil
}

// sequence carries one tile of samples back through all steps.
func (w *backward) sequence(worker, i int) {
	lo, hi := w.span(i)
	count := hi - lo
	state := w.buffers(worker)
	t := &w.call[worker]
	*t = tile{epilogue: backwardEpilogue(w.Act), slope: w.Act.Slope}
	if w.Act.Kind == gpu.ReLU {
		t.slope = 0
	}
	depth := 0 // there is no δ after the last step
	for step := w.T - 1; step >= 0; step-- {
		at := step*w.B + lo
		from, to := state[step%2], state[(step+1)%2]
		var add, e matrix
		switch {
		case !w.last:
			add = w.dh.rowRange(at, at+count)
		case step == w.T-1:
			add = w.dh.rowRange(lo, hi)
		}
		if t.epilogue != store {
			e = w.h.rowRange(at+w.B, at+w.B+count)
		}
		var next [2][]float32
		if step > 0 {
			next[0], next[1] = w.h.rowRange(at, at+count).data, w.delta.rowRange(at-w.B, at-w.B+count).data
		}
		w.recurrence.step(t, count, depth, from, add, e, w.delta.rowRange(at, at+count), matrix{data: to, stride: w.pitch}, next)
		depth = w.n
	}
	if !w.dh0.absent() {
		t.epilogue = store
		w.recurrence.step(t, count, w.n, state[1], matrix{}, matrix{}, w.dh0.rowRange(lo, hi), matrix{}, [2][]float32{})
	}
	*t = tile{}
}

// backwardEpilogue returns the micro-kernel's form of the gradient of an activation.
func backwardEpilogue(act gpu.Activation) epilogue {
	switch act.Kind {
	case gpu.ReLU, gpu.LeakyReLU:
		return gateLeaky
	case gpu.Tanh:
		return gateTanh
	}
	return store
}
