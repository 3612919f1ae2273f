package cpu

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(lowRankBackward) }

// lowRankBackwardWork is RNNLowRankBackward with its operands bound.
type lowRankBackwardWork struct {
	*lowRank
	op                   gpu.RNNLowRankBackward
	delta, h, dh, dh0, e matrix
	last                 bool // dh is the gradient of the last step alone
	tail                 backwardTail
}

func lowRankBackward(c *compiler, op gpu.RNNLowRankBackward) (task, error) {
	n, rank := op.D.Cols, op.L.Rows
	w := &lowRankBackwardWork{op: op, delta: bind(op.Delta), h: bind(op.H), dh: bind(op.DH), dh0: bind(op.DH0), e: bind(op.E), last: op.LastOnly(),
		tail: c.kernels.backwardTail(op.Act, op.DUnit, op.Mask)}
	if op.B == 0 {
		return task{plan: "empty"}, nil
	}
	if n == 0 {
		return zeroed("no hidden units", op.E), nil
	}
	if op.T == 0 {
		return zeroed("no steps", op.DH0, op.DUnit), nil
	}
	w.lowRank = newLowRank(c, bind(op.D), w.delta, rank, 0, op.B, !op.Mask.IsZero() && op.Delta == op.DH)
	return task{phases: []phase{
		w.in.packing(operandOf(bind(op.L), true), n, 0), w.out.packing(operandOf(bind(op.R), false), rank, 0), w.phase(w.run),
	}, plan: w.plan(op.T)}, nil
}

// run makes δ of all steps of a tile, last ones first.
func (w *lowRankBackwardWork) run(m *lowRankTile) {
	var h matrix
	p, b := &m.expand, w.op.B
	epilogue, slope := backwardEpilogue(w.op.Act)
	gated := epilogue != store || w.op.Act.PerUnit() // h is read
	w.tail.begin(m.lo, m.lo+m.count)
	for step := w.op.T - 1; step >= 0; step-- {
		at, next := step*b, max(step-1, 0)*b
		p.c.show(&w.delta, at+m.lo, m.count)
		p.next[1] = w.delta.from(next+m.lo, 0)[:len(p.c.data)]
		h.show(&w.h, at+b+m.lo, m.count)
		if gated {
			p.next[0] = w.h.from(next+b+m.lo, 0)[:len(h.data)]
		}
		if epilogue != store {
			p.e = h
		}
		last := step == w.op.T-1
		switch {
		case !w.last:
			p.add.show(&w.dh, at+m.lo, m.count)
		case last:
			p.add.show(&w.dh, m.lo, m.count)
		default:
			p.add.data = nil
		}
		if !last {
			w.coefficientsOf(m, &w.e, at+b, at)
		}
		m.epilogue, m.slope = epilogue, slope
		left := w.tail.prepare(&m.tile, p)
		w.stateOf(m)
		if !w.tail.absent() {
			w.tail.finish(p, &h, &left, m.lo, m.count, span{0, w.out.n}, step == 0)
			p.d = m.copied
		}
	}
	if w.e.absent() && w.dh0.absent() {
		return
	}
	w.coefficientsOf(m, &w.e, 0, 0)
	if !w.dh0.absent() {
		m.epilogue = store
		p.add.data, p.e.data, p.next = nil, nil, [2][]float32{}
		p.c.show(&w.dh0, m.lo, m.count)
		w.stateOf(m)
		w.tail.start(&p.c, m.lo, span{0, w.out.n})
	}
}
