package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// gateSums are the products of a state with the matrices of several gates, one beside the other: gate g of a sample begins at column
// g·pitch of its row. Columns are made up to whole panels, so that no product ends within a vector.
type gateSums struct {
	gates  []packedMatrix
	pitch  int     // of a gate: the columns of its panels
	row    int     // of a sample
	memory scratch // for every worker, or once if wide, a row for each sample of a tile
}

// gateSums reserves the matrices of gates, which sum over so much of the state each, and memory for the sums of a tile.
func (r *recurrence) gateSums(c *compiler, depths ...int) gateSums {
	s := gateSums{pitch: c.kernels.padded(r.n)}
	for _, depth := range depths {
		s.gates = append(s.gates, c.packed(depth, r.n))
	}
	s.row = oddLines(len(depths) * s.pitch)
	s.memory = r.perTile(c, s.row)
	return s
}

// gateBlock is how many units are made of all gates before the next ones: their sums are still in the cache when they are read.
const gateBlock = 128

// unitBlocks calls f for the units cols in blocks, in order.
func unitBlocks(cols span, f func(block int, units span)) {
	for i, lo := 0, cols.lo; lo < cols.hi; i, lo = i+1, lo+gateBlock {
		f(i, span{lo, min(lo+gateBlock, cols.hi)})
	}
}

// panels returns the columns that hold the units: up to the end of the last panel where they are the last ones.
func (s *gateSums) panels(units span) span {
	if units.hi == s.gates[0].n {
		units.hi = s.pitch
	}
	return units
}

// ahead is what the next turn reads and writes: rows of matrices, which are prefetched in equal parts by the products of a turn.
type ahead []matrix

// part returns part i of parts of each of at most two matrices' memory.
func (a ahead) part(i, parts int) (next [2][]float32) {
	for j, m := range a {
		lo, hi := part(len(m.data), parts, i)
		next[j] = m.data[lo:hi]
	}
	return next
}

// gatedInputs are the operands of a recurrence with gates that come from outside: pre-activations z, or a bias, or nothing.
type gatedInputs struct {
	z, bias matrix
	zeros   []float32
}

func newGatedInputs(z, bias gpu.View, width int) gatedInputs {
	in := gatedInputs{z: bind(z), bias: bind(bias)}
	if in.z.absent() && in.bias.absent() {
		in.zeros = make([]float32, width)
	}
	return in
}

// row returns what is added to the sums of row i of the pre-activations.
func (in *gatedInputs) row(i int) []float32 {
	switch {
	case !in.z.absent():
		return in.z.row(i)
	case !in.bias.absent():
		return in.bias.data
	}
	return in.zeros
}

// gatedForward is what recurrences with gates share on their way forward. The state is kept as W is given it, with the inputs x_t behind it.
type gatedForward struct {
	*recurrence
	gateSums
	gatedInputs
	h, g, x matrix
	mask    stateMask
	unkept  scratch // a row of gates for every worker, where they are not asked for
}

// begin makes the state of h_0.
func (w *gatedForward) begin(state []float32, lo, hi int) {
	for i := lo; i < hi; i++ {
		copy(state[(i-lo)*w.recurrence.pitch:], w.h.row(i))
	}
	w.enter(0, state, lo, hi, span{0, w.n})
}

// enter makes of columns of h_q, q = 0 … T−1, of samples lo … hi−1 what W is given in the step behind them. Whoever has the first column adds x.
func (w *gatedForward) enter(q int, state []float32, lo, hi int, cols span) {
	m := matrix{data: state, stride: w.recurrence.pitch}
	w.mask.apply(&m, lo, hi-lo, cols, q)
	if cols.lo == 0 {
		appendColumns(&m, w.n, &w.x, q*w.samples+lo, hi-lo)
	}
}

// gatedBackward is what back-propagation through recurrences with gates shares: the state of a sample is δ of the gates that a state goes
// into, one after the other, and beside it stand its product Wᵀ δ and what is carried on for every unit.
type gatedBackward struct {
	*recurrence
	row           int // pitch of what stands beside the state
	sums, carried scratch
	mask          matrix // of the states: B × n, may be absent
	zeros         []float32
}

func newGatedBackward(c *compiler, n, gates, samples int, mask gpu.View) gatedBackward {
	w := gatedBackward{recurrence: recurrenceOver(c, n, gates*n, samples, n >= wideColumns/2), row: oddLines(c.kernels.padded(n)), mask: bind(mask), zeros: make([]float32, n)}
	w.packedMatrix = c.packed(gates*n, n)
	w.sums, w.carried = w.perTile(c, w.row), w.perTile(c, w.row)
	return w
}

// begin has nothing to fill: there is no δ after the last step, and the first turn does not multiply.
func (w *gatedBackward) begin([]float32, int, int) {}

// products makes what comes back through W to count samples from lo on, Wᵀ δ under the mask, in whole panels, or zeros before the first step
// back.
func (w *gatedBackward) products(t *tile, p *turnProduct, first bool, lo, count int, cols span) {
	panels := cols
	if cols.hi == w.n {
		panels.hi = w.k.padded(w.n)
	}
	if first {
		p.depth = 0
	}
	t.epilogue = store
	w.multiply(t, count, panels, p)
	if !w.mask.absent() {
		sums := p.c.block(0, count, cols)
		w.k.gateRows.mask(sums, sums, w.mask.block(lo, count, cols))
	}
}
