package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(rnnBackward) }

// backward is RNNBackward with its operands bound. Turn q makes δ of step T−1−q (counted from 0); one more turn makes dL/dh_0.
type backward struct {
	*recurrence
	op                gpu.RNNBackward
	delta, h, dh, dh0 matrix
	last              bool // dh is the gradient of the last step alone
	tail              backwardTail
}

func rnnBackward(c *compiler, op gpu.RNNBackward) (task, error) {
	n := op.W.Cols
	w := &backward{op: op, delta: bind(op.Delta), h: bind(op.H), dh: bind(op.DH), dh0: bind(op.DH0), last: op.LastOnly(), tail: c.kernels.backwardTail(op.Act, op.DUnit, op.Mask)}
	if op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	if op.T == 0 {
		return zeroed("no steps", op.DH0, op.DUnit), nil
	}
	turns := op.T
	if !w.dh0.absent() {
		turns++
	}
	w.recurrence = newRecurrence(c, n, n, op.B)
	return task{phases: append([]phase{w.packing(operandOf(bind(op.W), false), n, 0)}, w.phases(turns, w)...), plan: w.plan(op.T)}, nil
}

// begin has no state to fill: there is no δ after the last step, and the first turn does not multiply.
func (w *backward) begin(_ []float32, lo, hi int) { w.tail.begin(lo, hi) }

// turn makes δ of one step for samples lo … hi−1.
func (w *backward) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	step, count := w.op.T-1-q, hi-lo
	p := turnProduct{depth: w.n, state: matrix{data: from, stride: w.pitch}}
	if step < 0 {
		t.epilogue, p.c = store, w.dh0.rowRange(lo, hi)
		w.multiply(t, count, cols, &p)
		w.tail.start(&p.c, lo, cols)
		return
	}
	at := step*w.op.B + lo
	p.c, p.d = w.delta.rowRange(at, at+count), matrix{data: to, stride: w.pitch}
	switch {
	case !w.last:
		p.add = w.dh.rowRange(at, at+count)
	case q == 0:
		p.add = w.dh.rowRange(lo, hi)
	}
	if q == 0 {
		p.depth = 0
	}
	t.epilogue, t.slope = backwardEpilogue(w.op.Act)
	if t.epilogue != store {
		p.e = w.h.rowRange(at+w.op.B, at+w.op.B+count)
	}
	if step > 0 {
		p.next[0], p.next[1] = w.h.rowRange(at, at+count).data, w.delta.rowRange(at-w.op.B, at-w.op.B+count).data
	}
	left := w.tail.prepare(t, &p)
	w.multiply(t, count, cols, &p)
	if !w.tail.absent() {
		h := w.h.rowRange(at+w.op.B, at+w.op.B+count)
		w.tail.finish(&p, &h, &left, lo, count, cols, step == 0)
	}
}

// backwardEpilogue returns the micro-kernel's form of the gradient of an activation, and its slope.
func backwardEpilogue(act gpu.Activation) (epilogue, float32) {
	switch act.Kind {
	case gpu.ReLU:
		return gateLeaky, 0
	case gpu.LeakyReLU:
		return gateLeaky, act.Slope
	case gpu.Tanh:
		return gateTanh, 0
	}
	return store, 0
}
