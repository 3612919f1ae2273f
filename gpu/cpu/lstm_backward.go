package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(lstmBackward) }

// lstmBackwardWork is LSTMBackward with its operands bound. The state of a sample is δ, the four gates one after the other. Turn q makes δ of
// step T−1−q (counted from 0); one more turn makes dL/dh_0 and dL/dc_0.
type lstmBackwardWork struct {
	gatedBackward
	op                     gpu.LSTMBackward
	dz, g, c, dh, dh0, dc0 matrix
	last                   bool // dh is the gradient of the last step alone
}

func lstmBackward(c *compiler, op gpu.LSTMBackward) (task, error) {
	n := op.Hidden()
	w := &lstmBackwardWork{op: op, dz: bind(op.DZ), g: bind(op.G), c: bind(op.C), dh: bind(op.DH), dh0: bind(op.DH0), dc0: bind(op.DC0), last: op.LastOnly()}
	if op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	if op.T == 0 {
		t := zeroed("no steps", op.DH0)
		t.phases = append(t.phases, zeroed("", op.DC0).phases...)
		return t, nil
	}
	turns := op.T
	if !w.dh0.absent() || !w.dc0.absent() {
		turns++
	}
	w.gatedBackward = newGatedBackward(c, n, lstmGates, op.B, op.Mask)
	return task{phases: append([]phase{w.packing(operandOf(bind(op.W), false), lstmGates*n, 0)}, w.phases(turns, w)...), plan: fmt.Sprintf("4 gates, %s", w.plan(op.T))}, nil
}

// turn makes δ of one step for samples lo … hi−1.
func (w *lstmBackwardWork) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	step, count := w.op.T-1-q, hi-lo
	sums, carried := w.beside(t, w.sums, w.row), w.beside(t, w.carried, w.row)
	if step < 0 {
		w.start(t, &sums, &carried, from, lo, hi, cols)
		return
	}
	at := step*w.op.B + lo
	p := turnProduct{depth: w.depth, state: matrix{data: from, stride: w.pitch}, c: sums}
	if step > 0 {
		p.next[0], p.next[1] = w.g.rowRange(at-w.op.B, at-w.op.B+count).data, w.c.rowRange(at-w.op.B, at-w.op.B+count).data
	}
	w.products(t, &p, q == 0, lo, count, cols)
	r := lstmBackwardRow{apart: w.n}
	for i := range count {
		row := at + i
		if q == 0 {
			clear(carried.from(i, cols.lo)[:cols.len()])
		}
		r.outer = w.zeros[cols.lo:]
		switch {
		case !w.last:
			r.outer = w.dh.row(row)[cols.lo:]
		case q == 0:
			r.outer = w.dh.row(lo + i)[cols.lo:]
		}
		r.sum, r.carried = sums.from(i, cols.lo), carried.from(i, cols.lo)
		r.g, r.dz, r.state = w.g.row(row)[cols.lo:], w.dz.row(row)[cols.lo:], to[i*w.pitch+cols.lo:]
		r.before, r.c = w.c.row(row)[cols.lo:], w.c.row(row + w.op.B)[cols.lo:]
		lstmBackwardUnits(w.k, &r, cols.len())
	}
}

// start stores dL/dh_0 and dL/dc_0.
func (w *lstmBackwardWork) start(t *tile, sums, carried *matrix, from []float32, lo, hi int, cols span) {
	if !w.dh0.absent() {
		p := turnProduct{depth: w.depth, state: matrix{data: from, stride: w.pitch}, c: *sums}
		w.products(t, &p, false, lo, hi-lo, cols)
	}
	for i := range hi - lo {
		if !w.dh0.absent() {
			copy(w.dh0.row(lo + i)[cols.lo:cols.hi], sums.from(i, cols.lo))
		}
		if !w.dc0.absent() {
			copy(w.dc0.row(lo + i)[cols.lo:cols.hi], carried.from(i, cols.lo))
		}
	}
}
