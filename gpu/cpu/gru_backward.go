package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(gruBackward) }

// gruBackwardWork is GRUBackward with its operands bound. The state of a sample is δ_r, δ_z and δ_m. Turn q makes δ of step T−1−q (counted from
// 0); one more turn makes dL/dh_0.
type gruBackwardWork struct {
	gatedBackward
	op                gpu.GRUBackward
	dz, g, h, dh, dh0 matrix
	last              bool // dh is the gradient of the last step alone
}

func gruBackward(c *compiler, op gpu.GRUBackward) (task, error) {
	n := op.Hidden()
	w := &gruBackwardWork{op: op, dz: bind(op.DZ), g: bind(op.G), h: bind(op.H), dh: bind(op.DH), dh0: bind(op.DH0), last: op.LastOnly()}
	if op.B == 0 || n == 0 {
		return task{plan: "empty"}, nil
	}
	if op.T == 0 {
		return zeroed("no steps", op.DH0), nil
	}
	turns := op.T
	if !w.dh0.absent() {
		turns++
	}
	w.gatedBackward = newGatedBackward(c, n, gruGates, op.B, op.Mask)
	return task{phases: append([]phase{w.packing(operandOf(bind(op.W), false), gruGates*n, 0)}, w.phases(turns, w)...), plan: fmt.Sprintf("3 gates, %s", w.plan(op.T))}, nil
}

// turn makes δ of one step for samples lo … hi−1.
func (w *gruBackwardWork) turn(t *tile, q int, from, to []float32, lo, hi int, cols span) {
	step, count := w.op.T-1-q, hi-lo
	sums, carried := w.beside(t, w.sums, w.row), w.beside(t, w.carried, w.row)
	p := turnProduct{depth: w.depth, state: matrix{data: from, stride: w.pitch}, c: sums}
	if step < 0 {
		w.products(t, &p, false, lo, count, cols)
		for i := range count {
			dh0 := w.dh0.row(lo + i)[cols.lo:cols.hi]
			copy(dh0, sums.from(i, cols.lo))
			w.k.axpy(1, carried.from(i, cols.lo)[:cols.len()], dh0)
		}
		return
	}
	at := step*w.op.B + lo
	if step > 0 {
		p.next[0], p.next[1] = w.g.rowRange(at-w.op.B, at-w.op.B+count).data, w.h.rowRange(at-w.op.B, at-w.op.B+count).data
	}
	w.products(t, &p, q == 0, lo, count, cols)
	r := gruBackwardRow{apart: w.n}
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
		r.g, r.dz, r.state, r.before = w.g.row(row)[cols.lo:], w.dz.row(row)[cols.lo:], to[i*w.pitch+cols.lo:], w.h.row(row)[cols.lo:]
		gruBackwardUnits(w.k, &r, cols.len())
	}
}
