package cpu

// Blocks of a product: a block of B of depthBlock × colBlock is packed into panels and stays in the second-level cache while the
// rows of A pass over it, a micro-tile's worth at a time.
const (
	depthBlock = 256
	rowBlock   = 256
	colBlock   = 512
)

// product is a matrix product A·B on packed blocks. Every element is the sum over depth in order, in nearly equal blocks of the
// range asked for, whatever the partition of rows and columns: results do not depend on it.
type product struct {
	kernels *kernels
	a       operand // rows × depth
	b       operand // depth × columns
	factor  float32 // B is multiplied by factor and column by column by scale (may be nil)
	scale   []float32
}

// workspace is the memory that a worker needs to multiply blocks.
type workspace struct {
	a, b scratch
	tile []tile // one for each worker
}

// workspace reserves memory for products of blocks of at most the given size.
func (c *compiler) workspace(rows, cols, depth int) workspace {
	rows, cols, depth = min(rows, rowBlock), min(cols, colBlock), min(depth, depthBlock)
	return workspace{
		a:    c.perWorker(max(depth*(roundUp(rows, lineWords)+lineWords), c.kernels.rows*(depth+3*lineWords))),
		b:    c.perWorker(depth * c.kernels.padded(cols)),
		tile: make([]tile, c.threads),
	}
}

// output is where a block of a product goes: all slices begin at the block's first element.
type output struct {
	add      []float32 // added to the sums; may be nil
	addRow   int
	c        []float32
	cRow     int
	epilogue epilogue
	slope    float32
}

// block computes the block rows × cols of epilogue(Σ over depth + add), of at most rowBlock × colBlock elements.
func (p *product) block(w workspace, worker int, rows, cols, depth span, out output) {
	t := &w.tile[worker]
	packed := w.b.block(worker)
	*t = tile{add: out.add, addRow: out.addRow, c: out.c, cRow: out.cRow, slope: out.slope}
	blocks := depth.blocks(depthBlock)
	for i := range blocks {
		part := depth.piece(i, blocks)
		p.kernels.packPanels(packed, part.len(), 0, p.b, part, cols)
		if p.factor != 1 || p.scale != nil {
			scale := p.scale
			if scale != nil {
				scale = scale[cols.lo:]
			}
			p.kernels.scalePanels(packed, part.len(), cols.len(), p.factor, scale)
		}
		if part.hi == depth.hi {
			t.epilogue = out.epilogue
		}
		p.sweep(w, worker, rows, cols.len(), part, packed, out)
		out.add, out.addRow = out.c, out.cRow
	}
	*t = tile{}
}

// sweep multiplies the rows of A over one packed block of B.
func (p *product) sweep(w workspace, worker int, rows span, cols int, depth span, packed []float32, out output) {
	t := &w.tile[worker]
	t.depth = depth.len()
	a := p.rowsOf(w.a.block(worker), rows, cols, depth)
	groups := ceilDiv(rows.len(), p.kernels.rows)
	for g := range groups {
		lo, hi := part(rows.len(), groups, g)
		t.a, t.aRow, t.aCol = a.from(lo, 0), a.row, a.col
		if a.col == 1 && aliases(a.row) && cols > 2*p.kernels.cols {
			t.a, t.aRow = packRows(w.a.block(worker), t.a, a.row, hi-lo, t.depth)
		}
		for j := 0; j < cols; j += p.kernels.cols {
			t.cols = min(p.kernels.cols, cols-j)
			t.b, t.bRow = packed[j*t.depth:], p.kernels.panel(t.cols)
			t.c = out.c[lo*out.cRow+j:]
			if out.add != nil {
				t.add, t.addRow = out.add[lo*out.addRow+j:], out.addRow
			}
			p.kernels.multiply(hi-lo, t)
		}
	}
}

// rowsOf returns the rows of A over depth, from element (0, 0) on: in place, or copied closer together where A is stored the
// other way round and the copy pays.
func (p *product) rowsOf(buf []float32, rows span, cols int, depth span) operand {
	src := operand{p.a.from(rows.lo, depth.lo), p.a.row, p.a.col}
	if src.col == 1 || cols <= 2*p.kernels.cols {
		return src
	}
	pitch := roundUp(rows.len(), lineWords) + lineWords
	for q := range depth.len() {
		copy(buf[q*pitch:q*pitch+rows.len()], src.data[q*src.col:])
	}
	return operand{buf, 1, pitch}
}

// aliases tells whether rows of the given pitch fall on so few sets of the first-level cache that a micro-tile's rows evict one
// another.
func aliases(pitch int) bool { return pitch%256 == 0 }

// packRows copies rows of A into rows of an odd number of cache lines.
func packRows(buf, a []float32, aRow, rows, depth int) ([]float32, int) {
	pitch := (depth/lineWords | 1) * lineWords
	if pitch < depth {
		pitch += 2 * lineWords
	}
	for r := range rows {
		copy(buf[r*pitch:r*pitch+depth], a[r*aRow:])
	}
	return buf, pitch
}
