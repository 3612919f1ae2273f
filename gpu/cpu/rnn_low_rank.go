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
// and a batch cut into tiles that workers carry through all turns on their own.
type lowRank struct {
	in, out  packedMatrix // n × r, and (r + inputs) × n
	diagonal []float32
	zeros    []float32 // n of them
	samples  int       // B
	tile     int       // samples of a tile
	tiles    int
	pitch    int     // of the state and of what is added to a product
	narrow   int     // pitch of the coefficients
	memory   scratch // for every worker the state, what is added, and the coefficients
	call     []tile  // one for each worker
}

// lowRankTile is the memory of a tile of samples.
type lowRankTile struct{ state, add, coefficients []float32 }

func newLowRank(c *compiler, d matrix, rank, inputs, samples int) *lowRank {
	n := d.cols
	w := &lowRank{in: c.packed(n, rank), out: c.packed(rank+inputs, n), diagonal: d.data, zeros: make([]float32, n), samples: samples, call: make([]tile, c.threads)}
	w.tile = tileOf(n, samples, c.threads)
	w.tiles = ceilDiv(samples, w.tile)
	w.pitch, w.narrow = oddLines(n), oddLines(rank+inputs)
	w.memory = c.perWorker(w.tile * (2*w.pitch + w.narrow))
	return w
}

func (w *lowRank) plan(steps int) string {
	return fmt.Sprintf("%d steps in %d tiles of %d samples, %d → %d → %d, %s", steps, w.tiles, w.tile, w.in.depth, w.in.n, w.out.n, w.in.k.name)
}

// of returns the memory of a worker's tile.
func (w *lowRank) of(worker int) lowRankTile {
	m, size := w.memory.block(worker), w.tile*w.pitch
	return lowRankTile{m[:size], m[size : 2*size], m[2*size:]}
}

// phase returns the phase that runs f for every tile of samples.
func (w *lowRank) phase(f func(t *tile, m lowRankTile, lo, hi int)) phase {
	return phase{w.tiles, func(worker, i int) {
		f(&w.call[worker], w.of(worker), i*w.tile, min((i+1)*w.tile, w.samples))
	}}
}

// reduce makes the coefficients of count samples, and copies them to copied, which may be absent.
func (w *lowRank) reduce(t *tile, m lowRankTile, count int, copied matrix) {
	t.epilogue = store
	w.in.multiply(t, count, span{0, w.in.n}, turnProduct{
		depth: w.in.depth, state: m.state, pitch: w.pitch, c: matrix{data: m.coefficients, stride: w.narrow}, d: copied,
	})
}

// expand is the second product of a turn. The tile holds the epilogue; outside is added, a row a sample or, with stride 0, the same
// to all; where it is absent nothing is. The result goes to p.c and p.d.
func (w *lowRank) expand(t *tile, m lowRankTile, count int, outside matrix, p turnProduct) {
	for i := range count {
		b := w.zeros
		if !outside.absent() {
			b = outside.from(i, 0)
		}
		w.in.k.mulAdd(m.add[i*w.pitch:i*w.pitch+w.out.n], w.diagonal, m.state[i*w.pitch:], b)
	}
	p.depth, p.state, p.pitch, p.add = w.out.depth, m.coefficients, w.narrow, matrix{data: m.add, stride: w.pitch}
	w.out.multiply(t, count, span{0, w.out.n}, p)
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
	inputs     int
}

func lowRankForward(c *compiler, op gpu.RNNLowRankForward) (task, error) {
	n, rank := op.Hidden(), op.Rank()
	if op.T == 0 || op.B == 0 {
		return task{plan: "empty"}, nil
	}
	if n == 0 {
		return zeroed("no hidden units", op.C), nil
	}
	w := &lowRankForwardWork{op: op, h: bind(op.H), z: bind(op.Z), x: bind(op.X), bias: bind(op.Bias), c: bind(op.C), inputs: op.X.Cols}
	w.bias.stride = 0 // the same row for every sample
	w.lowRank = newLowRank(c, bind(op.D), rank, w.inputs, op.B)
	phases := []phase{w.in.packing(operandOf(bind(op.R), true), n, 0), w.out.packing(operandOf(bind(op.L), false), rank, 0)}
	if w.inputs > 0 {
		phases = append(phases, w.out.packing(operandOf(bind(op.Wx), true), w.inputs, rank))
	}
	return task{phases: append(phases, w.phase(w.run)), plan: w.plan(op.T)}, nil
}

// run makes all states of samples lo … hi−1.
func (w *lowRankForwardWork) run(t *tile, m lowRankTile, lo, hi int) {
	count, b := hi-lo, w.op.B
	for i := range count {
		copy(m.state[i*w.pitch:], w.h.row(lo+i))
	}
	for q := range w.op.T {
		at := q*b + lo
		w.reduce(t, m, count, w.c.rowRange(at, at+count))
		for i := range count {
			copy(m.coefficients[i*w.narrow+w.in.n:][:w.inputs], w.x.from((at+i), 0))
		}
		outside := w.bias
		if !w.z.absent() {
			outside = w.z.rowRange(at, at+count)
		}
		p := turnProduct{c: w.h.rowRange(at+b, at+b+count), d: matrix{data: m.state, stride: w.pitch}}
		if q+1 < w.op.T {
			p.next[0], p.next[1] = w.h.rowRange(at+2*b, at+2*b+count).data, w.z.rowRange(at+b, at+b+count).data
		}
		t.epilogue, t.slope = forwardEpilogue(w.op.Act), w.op.Act.Slope
		w.expand(t, m, count, outside, p)
		if w.op.Act.Kind == gpu.Tanh {
			w.in.k.tanhStates(p.c, m.state, w.pitch, span{0, w.out.n})
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
	w.lowRank = newLowRank(c, bind(op.D), rank, 0, op.B)
	return task{phases: []phase{
		w.in.packing(operandOf(bind(op.L), true), n, 0), w.out.packing(operandOf(bind(op.R), false), rank, 0), w.phase(w.run),
	}, plan: w.plan(op.T)}, nil
}

// run makes δ of all steps of samples lo … hi−1, last ones first.
func (w *lowRankBackwardWork) run(t *tile, m lowRankTile, lo, hi int) {
	count, b := hi-lo, w.op.B
	clear(m.state)
	clear(m.coefficients)
	for step := w.op.T - 1; step >= 0; step-- {
		at := step*b + lo
		first := step == w.op.T-1
		if !first {
			w.reduce(t, m, count, w.e.rowRange(at+b, at+b+count))
		}
		var outside matrix
		switch {
		case !w.last:
			outside = w.dh.rowRange(at, at+count)
		case first:
			outside = w.dh.rowRange(lo, hi)
		}
		p := turnProduct{c: w.delta.rowRange(at, at+count), d: matrix{data: m.state, stride: w.pitch}}
		t.epilogue, t.slope = backwardEpilogue(w.op.Act)
		if t.epilogue != store {
			p.e = w.h.rowRange(at+b, at+b+count)
		}
		if step > 0 {
			p.next[0], p.next[1] = w.h.rowRange(at, at+count).data, w.delta.rowRange(at-b, at-b+count).data
		}
		w.expand(t, m, count, outside, p)
	}
	if w.e.absent() && w.dh0.absent() {
		return
	}
	w.reduce(t, m, count, w.e.rowRange(lo, hi))
	if !w.dh0.absent() {
		t.epilogue = store
		w.expand(t, m, count, matrix{}, turnProduct{c: w.dh0.rowRange(lo, hi)})
	}
}
