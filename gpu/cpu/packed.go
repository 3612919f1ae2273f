package cpu

// packedMatrix is a matrix of depth rows and n columns in panels, packed once per run and then multiplied by small matrices many times.
type packedMatrix struct {
	k        *kernels
	depth, n int
	panels   scratch
}

// packed reserves the memory of a packed matrix.
func (c *compiler) packed(depth, n int) packedMatrix {
	return packedMatrix{c.kernels, depth, n, c.scratch(1, depth*c.kernels.padded(n))}
}

// packing returns the phase that packs b, whose rows go to rows at … of the matrix.
func (m packedMatrix) packing(b operand, rows, at int) phase {
	return phase{ceilDiv(m.n, m.k.cols), func(_, q int) {
		cols := span{q * m.k.cols, min((q+1)*m.k.cols, m.n)}
		m.k.packPanels(m.panels.block(0)[cols.lo*m.depth:], m.depth, at, b, span{0, rows}, cols)
	}}
}

// turnProduct is one turn's product with what surrounds it: matrices from the first sample on, of which add, e and d may be absent.
type turnProduct struct {
	depth        int
	state        []float32
	pitch        int // words from one row of the state to the next
	add, e, c, d matrix
	next         [2][]float32 // memory that the next turn reads and writes, which is prefetched meanwhile
}

// multiply multiplies the count rows of the state by the given columns of the packed matrix. The tile holds the epilogue.
func (m packedMatrix) multiply(t *tile, count int, cols span, p turnProduct) {
	panels := m.panels.block(0)
	t.depth, t.aRow, t.aCol = p.depth, p.pitch, 1
	t.addRow, t.eRow, t.cRow, t.dRow = p.add.stride, p.e.stride, p.c.stride, p.d.stride
	groups, call := ceilDiv(count, m.k.rows), 0
	calls := groups * ceilDiv(cols.len(), m.k.cols)
	for j := cols.lo; j < cols.hi; j += m.k.cols {
		t.cols = min(m.k.cols, cols.hi-j)
		t.b, t.bRow = panels[j*m.depth:], m.k.panel(t.cols)
		for g := range groups {
			lo, hi := part(count, groups, g)
			t.a = p.state[lo*p.pitch:]
			t.add, t.e, t.c, t.d = p.add.from(lo, j), p.e.from(lo, j), p.c.from(lo, j), p.d.from(lo, j)
			t.prefetch(p.next[call%2], call/2, ceilDiv(calls, 2))
			call++
			m.k.multiply(hi-lo, t)
		}
	}
}

// tanhStates applies the activation that the micro-kernel does not have to the given columns of a turn's output, and copies them to
// the state.
func (k *kernels) tanhStates(out matrix, state []float32, pitch int, cols span) {
	for r := range out.rows {
		row := out.row(r)[cols.lo:cols.hi]
		k.tanh(row)
		copy(state[r*pitch+cols.lo:], row)
	}
}
