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
	state        matrix // absent before the first step of the way back
	copied       matrix // memory for the state, absent where it is read in place
	coefficients matrix
	lo, count    int
	tile         // its last words are rarely written: workers' tiles do not share a cache line
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
		words := w.memory.block(worker)
		m := &w.call[worker]
		m.lo, m.count = i*w.tile, min((i+1)*w.tile, w.samples)-i*w.tile
		m.state, m.coefficients = matrix{}, matrix{data: words, stride: w.narrow}
		if w.pitch > 0 {
			m.copied = matrix{data: words[w.tile*w.narrow:], stride: w.pitch}
		}
		f(m)
	}}
}

// start makes x the state.
func (w *lowRank) start(m *lowRankTile, x matrix) {
	m.state = x
	if w.pitch == 0 {
		return
	}
	for i := range m.count {
		copy(m.copied.from(i, 0), x.row(i))
	}
	m.state = m.copied
}

// reduce makes the coefficients, and leaves them in kept too, which may be absent. It returns them, with room for the inputs; next is
// where those of the next turn will be kept.
func (w *lowRank) reduce(m *lowRankTile, kept, next matrix) matrix {
	m.epilogue = store
	p := turnProduct{depth: w.in.depth, state: m.state.data, pitch: m.state.stride, c: m.coefficients, d: kept}
	p.next[0] = next.data
	if w.inputs == 0 && !kept.absent() && !evicting(kept.stride) {
		p.c, p.d = kept, matrix{}
	}
	w.in.multiply(&m.tile, m.count, span{0, w.in.n}, &p)
	return p.c
}

// expand is the second product of a turn, from the coefficients and inputs. The tile holds the epilogue; p says what is added and where
// the result goes, which is the state from now on.
func (w *lowRank) expand(m *lowRankTile, coefficients matrix, p *turnProduct) {
	p.d = m.copied
	if !m.state.absent() {
		p.depth, p.state, p.pitch = w.out.depth, coefficients.data, coefficients.stride
		p.diagonal, p.with = w.diagonal, m.state
	}
	w.out.multiply(&m.tile, m.count, span{0, w.out.n}, p)
	m.state = p.c
	if w.pitch > 0 {
		m.state = m.copied
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
	b, rows := w.op.B, func(x matrix, step int) matrix { return x.rowRange(step*w.op.B+m.lo, step*w.op.B+m.lo+m.count) }
	w.start(m, rows(w.h, 0))
	for q := range w.op.T {
		next := min(q+1, w.op.T-1)
		coefficients := w.reduce(m, rows(w.c, q), rows(w.c, next))
		appendColumns(coefficients, w.in.n, w.x, q*b+m.lo, m.count)
		p := turnProduct{add: w.bias, c: rows(w.h, q+1)}
		if !w.z.absent() {
			p.add = rows(w.z, q)
		}
		p.next[0], p.next[1] = rows(w.h, next+1).data, rows(w.z, next).data
		m.epilogue, m.slope = forwardEpilogue(w.op.Act), w.op.Act.Slope
		w.expand(m, coefficients, &p)
		if w.op.Act.Kind == gpu.Tanh {
			w.in.k.tanhStates(p.c, m.copied, span{0, w.out.n})
		}
	}
}

// appendColumns copies count rows of x, from row first on, to the columns from at on of as many rows of to.
func appendColumns(to matrix, at int, x matrix, first, count int) {
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
	rows := func(x matrix, step int) matrix { return x.rowRange(step*w.op.B+m.lo, step*w.op.B+m.lo+m.count) }
	for step := w.op.T - 1; step >= 0; step-- {
		first, next := step == w.op.T-1, max(step-1, 0)
		var coefficients matrix
		if !first {
			coefficients = w.reduce(m, rows(w.e, step+1), rows(w.e, step))
		}
		p := turnProduct{c: rows(w.delta, step)}
		switch {
		case !w.last:
			p.add = rows(w.dh, step)
		case first:
			p.add = rows(w.dh, 0)
		}
		m.epilogue, m.slope = backwardEpilogue(w.op.Act)
		if m.epilogue != store {
			p.e = rows(w.h, step+1)
		}
		p.next[0], p.next[1] = rows(w.h, next+1).data, rows(w.delta, next).data
		w.expand(m, coefficients, &p)
	}
	if w.e.absent() && w.dh0.absent() {
		return
	}
	coefficients := w.reduce(m, rows(w.e, 0), matrix{})
	if !w.dh0.absent() {
		m.epilogue = store
		w.expand(m, coefficients, &turnProduct{c: rows(w.dh0, 0)})
	}
}
