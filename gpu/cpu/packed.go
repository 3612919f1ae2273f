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
func (m *packedMatrix) packing(b operand, rows, at int) phase {
	return phase{ceilDiv(m.n, m.k.cols), func(_, q int) {
		cols := span{q * m.k.cols, min((q+1)*m.k.cols, m.n)}
		m.k.packPanels(m.panels.block(0)[cols.lo*m.depth:], m.depth, at, b, span{0, rows}, cols)
	}}
}

// turnProduct is one turn's product with what surrounds it: matrices from the first sample on, of which add, with, e and d may be
// absent.
type turnProduct struct {
	depth        int
	state        matrix
	add, e, c, d matrix
	diagonal     []float32 // of a diagonal matrix that multiplies with; may be nil
	with         matrix
	next         [2][]float32 // memory that the next turn reads and writes, which is prefetched meanwhile
}

// multiply multiplies the count rows of the state by the given columns of the packed matrix. The tile holds the epilogue.
func (m *packedMatrix) multiply(t *tile, count int, cols span, p *turnProduct) {
	panels := m.panels.block(0)
	t.depth, t.aRow, t.aCol = p.depth, p.state.stride, 1
	t.addRow, t.eRow, t.cRow, t.dRow, t.withRow = p.add.stride, p.e.stride, p.c.stride, p.d.stride, p.with.stride
	width := max(1, cols.len())
	if p.depth >= longSums {
		width = m.k.cols
	}
	groups, call := ceilDiv(count, m.k.rows), 0
	calls := groups * ceilDiv(cols.len(), width)
	for j := cols.lo; j < cols.hi; j += width {
		size := min(width, cols.hi-j)
		for g := range groups {
			lo, hi := part(count, groups, g)
			t.a, t.b = p.state.from(lo, 0), panels[j*m.depth:]
			t.add, t.e, t.c, t.d = p.add.from(lo, j), p.e.from(lo, j), p.c.from(lo, j), p.d.from(lo, j)
			if p.diagonal != nil {
				t.mul, t.with = p.diagonal[j:], p.with.from(lo, j)
			}
			p.prefetch(t, call, calls, ceilDiv(size, m.k.cols))
			call++
			m.k.across(hi-lo, size, t, 0)
		}
	}
	t.mul, t.with = nil, nil
}

// prefetch has the call of the given number, of panels panels, fetch its part of what the next turn needs.
func (p *turnProduct) prefetch(t *tile, call, calls, panels int) {
	first, second := p.next[0], p.next[1]
	lo, hi := part(len(first)+len(second), calls, call)
	switch x := len(first); {
	case hi <= x || x-lo > hi-x:
		t.prefetch(first[lo:min(hi, x)], panels)
	default:
		t.prefetch(second[max(lo-x, 0):hi-x], panels)
	}
}

// longSums is the depth from which all rows pass over one panel before the next, since it comes from afar; below it a panel is so little
// work that all of them are made in one call.
const longSums = 96
