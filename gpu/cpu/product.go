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
	a       operand   // rows × depth
	b       operand   // depth × columns
	scale   []float32 // one factor for every column of the product; may be nil
	live    span      // the depth outside of which A is zero; empty where that is not known
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
	*t = tile{c: out.c, cRow: out.cRow, slope: out.slope}
	toPack := span{cols.lo + p.inPlace(rows.len(), cols.len()), cols.hi}
	blocks := depth.blocks(depthBlock)
	first, last := p.liveBlocks(depth, blocks)
	for i := first; i <= last; i++ {
		part := p.livePart(depth.piece(i, blocks))
		p.kernels.packPanels(packed, part.len(), 0, p.b, part, toPack)
		if i == last {
			t.epilogue = out.epilogue
		}
		p.sweep(w, worker, rows, cols, part, packed, toPack.lo, out)
		out.add, out.addRow = out.c, out.cRow
	}
	*t = tile{}
}

// liveBlocks returns the first and the last of the blocks of depth that are not all zeros, at least one. The blocks themselves do not
// depend on what is zero, so that leaving it out does not change a sum.
func (p *product) liveBlocks(depth span, blocks int) (first, last int) {
	last = blocks - 1
	if p.live.len() <= 0 {
		return 0, last
	}
	for first < last && depth.piece(first, blocks).hi <= p.live.lo {
		first++
	}
	for last > first && depth.piece(last, blocks).lo >= p.live.hi {
		last--
	}
	return first, last
}

// livePart returns what of a block of the depth is not all zeros.
func (p *product) livePart(block span) span {
	if p.live.len() <= 0 || block.hi <= p.live.lo || block.lo >= p.live.hi {
		return block
	}
	return span{max(block.lo, p.live.lo), min(block.hi, p.live.hi)}
}

// inPlace returns how many columns of B are read where they are: whole panels, where rows of B do not evict one another from the
// cache or are read so seldom that packing does not pay.
func (p *product) inPlace(rows, cols int) int {
	if p.b.col != 1 || aliases(p.b.row) && rows > 3*p.kernels.rows {
		return 0
	}
	return cols / p.kernels.cols * p.kernels.cols
}

// sweep multiplies the rows of A over one block of B, whose columns from packedFrom on are packed.
func (p *product) sweep(w workspace, worker int, rows, cols, depth span, packed []float32, packedFrom int, out output) {
	t := &w.tile[worker]
	t.depth = depth.len()
	a := p.rowsOf(w.a.block(worker), rows, cols.len(), depth)
	groups := ceilDiv(rows.len(), p.kernels.rows)
	for g := range groups {
		lo, hi := part(rows.len(), groups, g)
		t.a, t.aRow, t.aCol = a.from(lo, 0), a.row, a.col
		if a.col == 1 && aliases(a.row) && cols.len() > 2*p.kernels.cols {
			t.a, t.aRow = packRows(w.a.block(worker), t.a, a.row, hi-lo, t.depth)
		}
		for _, part := range []span{{cols.lo, packedFrom}, {packedFrom, cols.hi}} {
			j := part.lo
			if part.len() == 0 {
				continue
			}
			bRow := 0
			if j < packedFrom {
				t.b, bRow = p.b.from(depth.lo, j), p.b.row
			} else {
				t.b = packed
			}
			t.c = out.c[lo*out.cRow+j-cols.lo:]
			if out.add != nil {
				t.add, t.addRow = out.add[lo*out.addRow+j-cols.lo:], out.addRow
			}
			if p.scale != nil {
				t.scale = p.scale[j:]
			}
			p.kernels.across(hi-lo, part.len(), t, bRow)
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
