package cpu

// recurrence is what RNNForward and RNNBackward share: a square matrix packed once per run, and a batch cut into tiles of samples
// that workers carry through all time steps on their own. The state of a tile stays in cache, in two buffers that take turns.
type recurrence struct {
	k       *kernels
	n       int // hidden units: columns of a product
	depth   int // n, and the inputs where they are appended to the state
	samples int // B
	tile    int // samples of a tile
	tiles   int
	panels  scratch // the packed matrix
	state   scratch // for every worker two buffers of tile × pitch
	pitch   int
	call    []tile // one for each worker
}

// newRecurrence plans a recurrence over a batch of the given number of samples.
func newRecurrence(c *compiler, n, depth, samples int) *recurrence {
	r := &recurrence{k: c.kernels, n: n, depth: depth, samples: samples, call: make([]tile, c.threads)}
	r.tile = tileRows(samples, 64, c.threads)
	r.tiles = ceilDiv(samples, r.tile)
	r.pitch = (depth/lineWords + 1 | 1) * lineWords
	r.panels = c.scratch(1, depth*c.kernels.padded(n))
	r.state = c.perWorker(2 * r.tile * r.pitch)
	return r
}

// packing returns the phase that packs b, whose rows go to rows at … of the panels.
func (r *recurrence) packing(b operand, rows, at int) phase {
	return phase{ceilDiv(r.n, r.k.cols), func(_, q int) {
		cols := span{q * r.k.cols, min((q+1)*r.k.cols, r.n)}
		r.k.packPanels(r.panels.block(0)[cols.lo*r.depth:], r.depth, at, b, span{0, rows}, cols)
	}}
}

// span returns the samples of tile i.
func (r *recurrence) span(i int) (lo, hi int) { return i * r.tile, min((i+1)*r.tile, r.samples) }

// buffers returns a worker's two state buffers.
func (r *recurrence) buffers(worker int) [2][]float32 {
	s := r.state.block(worker)
	return [2][]float32{s[:r.tile*r.pitch], s[r.tile*r.pitch:]}
}

// step multiplies the count rows of state by the packed matrix. The tile holds everything that stays the same from call to call
// (strides, epilogue); add, e, c and d are matrices from the first sample on, of which add, e and d may be absent. Meanwhile the
// memory that the next step reads and writes is prefetched.
func (r *recurrence) step(t *tile, count, depth int, state []float32, add, e, c, d matrix, next [2][]float32) {
	panels := r.panels.block(0)
	t.depth, t.aRow, t.aCol = depth, r.pitch, 1
	t.addRow, t.eRow, t.cRow, t.dRow = add.stride, e.stride, c.stride, d.stride
	groups, call := ceilDiv(count, r.k.rows), 0
	calls := groups * ceilDiv(r.n, r.k.cols)
	for j := 0; j < r.n; j += r.k.cols {
		t.cols = min(r.k.cols, r.n-j)
		t.b, t.bRow = panels[j*r.depth:], r.k.panel(t.cols)
		for g := range groups {
			lo, hi := part(count, groups, g)
			t.a = state[lo*r.pitch:]
			t.add, t.e, t.c, t.d = add.from(lo, j), e.from(lo, j), c.from(lo, j), d.from(lo, j)
			t.prefetch(next[call%2], call/2, ceilDiv(calls, 2))
			call++
			r.k.multiply(hi-lo, t)
		}
	}
}
