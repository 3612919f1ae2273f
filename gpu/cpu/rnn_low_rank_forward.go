package cpu

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(lowRankForward) }

// lowRankForwardWork is RNNLowRankForward with its operands bound. The inputs x_t stand behind the coefficients, and Wxᵀ behind L.
type lowRankForwardWork struct {
	*lowRank
	op         gpu.RNNLowRankForward
	act        bound
	h, z, x, c matrix
	bias       matrix
	mask       stateMask
	kept       bool // the state is read where the masked ones are kept
}

func lowRankForward(c *compiler, op gpu.RNNLowRankForward) (task, error) {
	n, rank := op.Hidden(), op.Rank()
	if op.T == 0 || op.B == 0 {
		return task{plan: "empty"}, nil
	}
	if n == 0 {
		return zeroed("no hidden units", op.C), nil
	}
	w := &lowRankForwardWork{op: op, act: c.kernels.bound(op.Act), h: bind(op.H), z: bind(op.Z), x: bind(op.X), bias: bind(op.Bias), c: bind(op.C), mask: c.kernels.stateMask(op.Mask, op.Masked)}
	w.bias.stride = 0 // the same row for every sample
	w.kept = !op.Masked.IsZero() && !evicting(w.mask.kept.stride)
	if w.kept {
		w.lowRank = newLowRank(c, bind(op.D), w.mask.kept, rank, op.X.Cols, op.B, false)
	} else {
		w.lowRank = newLowRank(c, bind(op.D), w.h, rank, op.X.Cols, op.B, !op.Mask.IsZero())
	}
	phases := []phase{w.in.packing(operandOf(bind(op.R), true), n, 0), w.out.packing(operandOf(bind(op.L), false), rank, 0)}
	if w.inputs > 0 {
		phases = append(phases, w.out.packing(operandOf(bind(op.Wx), true), w.inputs, rank))
	}
	return task{phases: append(phases, w.phase(w.run)), plan: w.plan(op.T)}, nil
}

// run makes all states of a tile.
func (w *lowRankForwardWork) run(m *lowRankTile) {
	w.start(m, &w.h)
	all := span{0, w.out.n}
	w.masked(m, m.reduce.state, 0)
	p, b := &m.expand, w.op.B
	p.add = w.bias
	for q := range w.op.T {
		at, next := q*b, min(q+1, w.op.T-1)*b
		p.c.show(&w.h, at+b+m.lo, m.count)
		switch {
		case !w.z.absent():
			p.add.show(&w.z, at+m.lo, m.count)
			p.next[1] = w.z.from(next+m.lo, 0)[:len(p.add.data)]
		case w.kept:
			p.next[1] = w.mask.kept.rowRange(next+m.lo, next+m.lo+m.count).data
		}
		p.next[0] = w.h.from(next+b+m.lo, 0)[:len(p.c.data)]
		w.coefficientsOf(m, &w.c, at, next)
		appendColumns(&m.coefficients, w.in.n, &w.x, at+m.lo, m.count)
		m.epilogue, m.slope = forwardEpilogue(w.op.Act), w.op.Act.Slope
		state := w.act.prepare(p)
		w.stateOf(m)
		if !w.act.fused() {
			w.act.states(&p.c, &state, all)
			p.d = state
		}
		if q+1 < w.op.T {
			w.masked(m, p.c, q+1)
		}
	}
}

// masked masks the state of a time step, counted from 0, of which the tile has a copy or which is read where it is kept.
func (w *lowRankForwardWork) masked(m *lowRankTile, h matrix, step int) {
	if w.kept {
		w.mask.keep(&m.reduce.state, h, m.lo, step)
	} else {
		w.mask.apply(&m.reduce.state, m.lo, m.count, span{0, w.out.n}, step)
	}
}

// appendColumns copies count rows of x, from row first on, to the columns from at on of as many rows of to.
func appendColumns(to *matrix, at int, x *matrix, first, count int) {
	switch {
	case x.cols == 0:
	case x.cols == 1:
		from, into := x.from(first, 0), to.data[at:]
		for r := range count {
			into[r*to.stride] = from[r*x.stride]
		}
	default:
		for r := range count {
			copy(to.from(r, at), x.row(first+r))
		}
	}
}
