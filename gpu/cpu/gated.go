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

// gateSums reserves the matrices of the given number of gates, and memory for the sums of a tile.
func (r *recurrence) gateSums(c *compiler, gates int) gateSums {
	s := gateSums{pitch: c.kernels.padded(r.n)}
	for range gates {
		s.gates = append(s.gates, c.packed(r.depth, r.n))
	}
	s.row = oddLines(gates * s.pitch)
	s.memory = r.perTile(c, s.row)
	return s
}

// packing returns the phases that pack w, whose rows are the units of one gate after the other, into rows at … of the matrices.
func (s *gateSums) packing(w matrix, at int) (phases []phase) {
	if w.cols == 0 {
		return nil
	}
	for g := range s.gates {
		m := &s.gates[g]
		phases = append(phases, m.packing(operandOf(w.rowRange(g*m.n, (g+1)*m.n), true), w.cols, at))
	}
	return phases
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
