package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// lowRank is what the recurrences with W = diag(D) + Lᵀ R share: two matrices packed once per run, through which the state of a tile
// of samples goes one after the other,
//
//	coefficients = state · in (rank),   state ← epilogue( coefficients · out + D∘state + what comes from outside )
//
// and a batch cut into tiles that workers carry through all turns on their own. The state is read where it was written.
type lowRank struct {
	in, out  packedMatrix // n × r, and (r + inputs) × n
	diagonal []float32
	samples  int // B
	inputs   int
	tile     int // samples of a tile
	tiles    int
	pitch    int     // of a copy of the state
	narrow   int     // of the coefficients
	memory   scratch // for every worker the coefficients, and a copy of the state where its rows would evict one another
	call     []lowRankTile
}

// lowRankTile is a worker's tile of samples on its way through the turns.
type lowRankTile struct {
	lo, count      int
	reduce, expand turnProduct // whose states are the state and the coefficients; there is no state before the first step of the way back
	copied         matrix      // memory for the state, absent where it is read in place
	coefficients   matrix      // memory for them and the inputs
	tile                       // its last words are rarely written: workers' tiles do not share a cache line
}

func newLowRank(c *compiler, d, states matrix, rank, inputs, samples int) *lowRank {
	n := d.cols
	w := &lowRank{in: c.packed(n, rank), out: c.packed(rank+inputs, n), diagonal: d.data, samples: samples, inputs: inputs, call: make([]lowRankTile, c.threads)}
	w.tile = tileOf(n, samples, c.threads)
	w.tiles = ceilDiv(samples, w.tile)
	w.narrow = oddLines(rank + inputs)
	if evicting(states.stride) {
		w.pitch = oddLines(n)
	}
	w.memory = c.perWorker(w.tile * (w.narrow + w.pitch))
	return w
}

// evicting tells whether all rows of the given pitch fall on the same set of the first-level cache.
func evicting(pitch int) bool { return pitch%1024 == 0 }

func (w *lowRank) plan(steps int) string {
	return fmt.Sprintf("%d steps in %d tiles of %d samples, %d → %d → %d, %s", steps, w.tiles, w.tile, w.in.depth, w.in.n, w.out.n, w.in.k.name)
}

// phase returns the phase that runs f for every tile of samples.
func (w *lowRank) phase(f func(m *lowRankTile)) phase {
	return phase{w.tiles, func(worker, i int) {
		words, m := w.memory.block(worker), &w.call[worker]
		m.lo, m.count = i*w.tile, min((i+1)*w.tile, w.samples)-i*w.tile
		m.coefficients = matrix{data: words, stride: w.narrow}
		m.reduce, m.expand = turnProduct{depth: w.in.depth, c: m.coefficients}, turnProduct{}
		if w.pitch > 0 {
			m.copied = matrix{data: words[w.tile*w.narrow:], stride: w.pitch}
			m.expand.d = m.copied
		}
		f(m)
	}}
}

// start makes the tile's rows of x the state.
func (w *lowRank) start(m *lowRankTile, x *matrix) {
	if w.pitch == 0 {
		m.reduce.state.show(x, m.lo, m.count)
		return
	}
	for i := range m.count {
		copy(m.copied.from(i, 0), x.row(m.lo+i))
	}
	m.reduce.state = m.copied
}

// coefficientsOf makes the coefficients, with room for the inputs, and leaves them in the tile's rows of kept too, which may be absent;
// they begin at row at, and at row next in the next turn.
func (w *lowRank) coefficientsOf(m *lowRankTile, kept *matrix, at, next int) {
	p := &m.reduce
	if !kept.absent() {
		p.next[0] = kept.from(next+m.lo, 0)[:(m.count-1)*kept.stride+kept.cols]
		if w.inputs == 0 && !evicting(kept.stride) {
			p.c.show(kept, at+m.lo, m.count)
		} else {
			p.d.show(kept, at+m.lo, m.count)
		}
	}
	m.epilogue = store
	w.in.multiply(&m.tile, m.count, span{0, w.in.n}, p)
	m.expand.depth, m.expand.state = w.out.depth, p.c
	m.expand.diagonal, m.expand.with = w.diagonal, p.state
}

// stateOf makes the state from the coefficients and inputs. The tile holds the epilogue, m.expand what is added and where the result goes.
func (w *lowRank) stateOf(m *lowRankTile) {
	w.out.multiply(&m.tile, m.count, span{0, w.out.n}, &m.expand)
	if w.pitch > 0 {
		m.reduce.state = m.copied
	} else {
		m.reduce.state = m.expand.c
	}
}

func init() {
	implement(lowRankForward)
	implement(lowRankBackward)
}

// lowRankForwardWork is RNNLowRankForward with its operands bound. The inputs x_t stand behind the coefficients, and Wxᵀ behind L.
type lowRankForwardWork struct {
	*lowRank
	op         gpu.RNNLowRankForward
	h, z, x, c matrix
	bias       matrix
}

func lowRankForward(c *compiler, op gpu.RNNLowRankForward) (task, error) {
	n, rank := op.Hidden(), op.Rank()
	if op.T == 0 || op.B == 0 {
		return task{plan: "empty"}, nil
	}
	if n == 0 {
		return zeroed("no hidden units", op.C), nil
	}
	w := &lowRankForwardWork{op: op, h: bind(op.H), z: bind(op.Z), x: bind(op.X), bias: bind(op.Bias), c: bind(op.C)}
	w.bias.stride = 0 // the same row for every sample
	w.lowRank = newLowRank(c, bind(op.D), w.h, rank, op.X.Cols, op.B)
	phases := []phase{w.in.packing(operandOf(bind(op.R), true), n, 0), w.out.packing(operandOf(bind(op.L), false), rank, 0)}
	if w.inputs > 0 {
		phases = append(phases, w.out.packing(operandOf(bind(op.Wx), true), w.inputs, rank))
	}
	return task{phases: append(phases, w.phase(w.run)), plan: w.plan(op.T)}, nil
}

// run makes all states of a tile.
func (w *lowRankForwardWork) run(m *lowRankTile) {
	w.start(m, &w.h)
	p, b := &m.expand, w.op.B
	p.add = w.bias
	for q := range w.op.T {
		at, next := q*b, min(q+1, w.op.T-1)*b
		p.c.show(&w.h, at+b+m.lo, m.count)
		if !w.z.absent() {
			p.add.show(&w.z, at+m.lo, m.count)
			p.next[1] = w.z.from(next+m.lo, 0)[:len(p.add.data)]
		}
		p.next[0] = w.h.from(next+b+m.lo, 0)[:len(p.c.data)]
		w.coefficientsOf(m, &w.c, at, next)
		appendColumns(&m.coefficients, w.in.n, &w.x, at+m.lo, m.count)
		m.epilogue, m.slope = forwardEpilogue(w.op.Act), w.op.Act.Slope
		w.stateOf(m)
		if w.op.Act.Kind == gpu.Tanh {
			w.in.k.tanhStates(&p.c, &p.d, span{0, w.out.n})
		}
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

// lowRankBackwardWork is RNNLowRankBackward with its operands bound.
type lowRankBackwardWork struct {
	*lowRank
	op                   gpu.RNNLowRankBackward
	delta, h, dh, dh0, e matrix
	last                 bool // dh is the gradient of the last step alone
}

func lowRankBackward(c *compiler, op gpu.RNNLowRankBackward) (task, error) {
	n, rank := op.D.Cols, op.L.Rows
	w := &lowRankBackwardWork{op: op, delta: bind(op.Delta), h: bind(op.H), dh: bind(op.DH), dh0: bind(op.DH0), e: bind(op.E), last: op.LastOnly()}
	if op.B == 0 {
		return task{plan: "empty"}, nil
	}
	if n == 0 {
		return zeroed("no hidden units", op.E), nil
	}
	if op.T == 0 {
		return zeroed("no steps", op.DH0), nil
	}
	w.lowRank = newLowRank(c, bind(op.D), w.delta, rank, 0, op.B)
	return task{phases: []phase{
		w.in.packing(operandOf(bind(op.L), true), n, 0), w.out.packing(operandOf(bind(op.R), false), rank, 0), w.phase(w.run),
	}, plan: w.plan(op.T)}, nil
}

// run makes δ of all steps of a tile, last ones first.
func (w *lowRankBackwardWork) run(m *lowRankTile) {
	p, b := &m.expand, w.op.B
	epilogue, slope := backwardEpilogue(w.op.Act)
	for step := w.op.T - 1; step >= 0; step-- {
		at, next := step*b, max(step-1, 0)*b
		p.c.show(&w.delta, at+m.lo, m.count)
		p.next[1] = w.delta.from(next+m.lo, 0)[:len(p.c.data)]
		if epilogue != store {
			p.e.show(&w.h, at+b+m.lo, m.count)
			p.next[0] = w.h.from(next+b+m.lo, 0)[:len(p.e.data)]
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
		w.stateOf(m)
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
	}
}
