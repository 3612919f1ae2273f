package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(rnnGradient) }

// gradient is RNNGradient with its operands bound. The depth T·B is cut into chunks, and DW into strips of rows, the former
// by the shapes alone; every chunk has sums of its own, which are added in order. While a block of Delta is in cache it is multiplied
// with H for DW, and by (X, 1)ᵀ for DWx and DBias.
type gradient struct {
	gpu.RNNGradient
	k                    *kernels
	dw, dwx, dbias       matrix
	ddiag                matrix
	delta, h, x          matrix
	m, n                 int // DW is m × n
	inputs, extra        int // extra = inputs, and 1 where DBias is asked for
	depth                int
	block                int // rows of Delta and H that are used for everything while they are in cache
	chunks, strips       int
	strip                int     // rows of a strip of DW
	sums                 scratch // for every chunk m × n, nothing where DW is not asked for
	extraSums            scratch // for every chunk extra × m
	diagonalSums         scratch // for every chunk n, nothing where DDiag is not asked for
	packedH              scratch
	packedDelta, inputs1 scratch
	call                 []tile
}

const (
	gradientStrip = 512  // most rows of DW that a worker computes at a time
	gradientCols  = 256  // and columns
	gradientChunk = 1024 // least depth of a chunk
	streamStrip   = 2048 // the same without DW, where the matrices pass by once
	streamBlock   = 64
	streamChunk   = 256
)

func rnnGradient(c *compiler, op gpu.RNNGradient) (task, error) {
	w := &gradient{RNNGradient: op, k: c.kernels, dw: bind(op.DW), dwx: bind(op.DWx), dbias: bind(op.DBias), ddiag: bind(op.DDiag),
		delta: bind(op.Delta), h: bind(op.H), x: bind(op.X), m: op.Delta.Cols, n: op.H.Cols, depth: op.T * op.B}
	if w.m == 0 {
		return task{plan: "empty"}, nil
	}
	if !op.X.IsZero() {
		w.inputs = op.X.Cols
	}
	w.extra = w.inputs
	if !op.DBias.IsZero() {
		w.extra++
	}
	words := w.m * w.n
	w.block = min(depthBlock, max(w.depth, 1))
	w.chunks = max(1, min(64, (1<<21)/max(words, w.extra*w.m, 1), w.depth/gradientChunk))
	w.strips = max(ceilDiv(w.m, gradientStrip), min(ceilDiv(4*c.threads, w.chunks), ceilDiv(w.m, 64)))
	reduceTiles := min(w.m, 64)
	if w.dw.absent() {
		words = 0
		w.block = min(w.block, streamBlock)
		w.chunks = max(1, min(64, (1<<21)/max(w.extra*w.m, 1), w.depth/streamChunk))
		w.strips = ceilDiv(w.m, streamStrip)
		reduceTiles = ceilDiv(w.m, 512)
	}
	w.strip = roundUp(ceilDiv(w.m, w.strips), c.kernels.cols)
	w.strips = ceilDiv(w.m, w.strip)
	w.sums = c.scratch(w.chunks, words)
	w.extraSums = c.scratch(w.chunks, w.extra*w.m)
	w.diagonalSums = c.scratch(w.chunks, w.ddiag.cols)
	w.packedH = c.perWorker(w.block * c.kernels.padded(min(w.n, gradientCols)))
	w.packedDelta = c.perWorker(w.block * w.deltaPitch())
	w.inputs1 = c.perWorker(w.block * w.extra)
	w.call = make([]tile, c.threads)
	return task{
		phases: []phase{{w.chunks * w.strips, w.chunk}, {reduceTiles, func(_, i int) { lo, hi := part(w.m, reduceTiles, i); w.reduce(lo, hi) }}},
		plan: fmt.Sprintf("%d×%d×%d and %d more columns, depth in %d chunks, %d strips of %d rows, %s",
			w.m, w.n, w.depth, w.extra, w.chunks, w.strips, w.strip, c.kernels.name),
	}, nil
}

// deltaPitch is the row pitch of a packed block of Delta: whole panels, and an odd number of cache lines.
func (w *gradient) deltaPitch() int {
	pitch := roundUp(max(w.strip, w.k.padded(w.strip)), lineWords)
	if pitch/lineWords%2 == 0 {
		pitch += lineWords
	}
	return pitch
}

// chunk computes the sums of one chunk for one strip of DW's rows, which are columns of Delta.
func (w *gradient) chunk(worker, i int) {
	chunk := i / w.strips
	rows := span{i % w.strips * w.strip, min((i%w.strips+1)*w.strip, w.m)}
	lo, hi := part(w.depth, w.chunks, chunk)
	sums, extra := w.sums.block(chunk), w.extraSums.block(chunk)
	full := !w.dw.absent()
	if lo == hi {
		if full {
			clear(sums[rows.lo*w.n : rows.hi*w.n])
		}
		for q := range w.extra {
			clear(extra[q*w.m+rows.lo : q*w.m+rows.hi])
		}
	}
	var diagonal []float32
	if !w.ddiag.absent() {
		diagonal = w.diagonalSums.block(chunk)[rows.lo:rows.hi]
		clear(diagonal)
	}
	blocks := span{lo, hi}.blocks(w.block)
	for q := range blocks {
		depth := span{lo, hi}.piece(q, blocks)
		if diagonal != nil {
			w.k.columnDots(diagonal, w.delta.from(depth.lo, rows.lo), w.delta.stride, w.h.from(depth.lo, rows.lo), w.h.stride, depth.len())
		}
		delta := w.deltaBlock(worker, rows, depth)
		for j := 0; full && j < w.n; j += gradientCols {
			cols := span{j, min(j+gradientCols, w.n)}
			w.recurrent(worker, delta, rows, cols, depth, sums, q > 0)
		}
		w.input(worker, delta, rows, depth, extra, q > 0)
	}
	w.call[worker] = tile{}
}

// deltaBlock returns a block of Delta: in place where its rows are whole panels and, if its columns are read, fall on different
// sets of the cache, else a copy with zeros behind the columns up to a whole panel.
func (w *gradient) deltaBlock(worker int, rows, depth span) matrix {
	block := matrix{data: w.delta.from(depth.lo, rows.lo), rows: depth.len(), cols: rows.len(), stride: w.delta.stride}
	end := w.k.padded(rows.len())
	if end == rows.len() && (w.dw.absent() || !aliases(block.stride)) {
		return block
	}
	copied := matrix{data: w.packedDelta.block(worker), rows: block.rows, cols: block.cols, stride: w.deltaPitch()}
	for q := range block.rows {
		row := copied.data[q*copied.stride : q*copied.stride+end]
		copy(row, block.row(q))
		if end > rows.len() {
			clear(row[rows.len():])
		}
	}
	return copied
}

// recurrent adds Deltaᵀ·H of a block of the depth to the sums, or begins them. H is read in place on the same terms as Delta.
func (w *gradient) recurrent(worker int, delta matrix, rows, cols, depth span, sums []float32, add bool) {
	direct := cols.len()%w.k.cols == 0 && !aliases(w.h.stride)
	packed := w.packedH.block(worker)
	if !direct {
		w.k.packPanels(packed, depth.len(), 0, operandOf(w.h, false), depth, cols)
	}
	t := &w.call[worker]
	*t = tile{depth: depth.len(), aRow: 1, aCol: delta.stride, cRow: w.n, addRow: w.n}
	next := turnProduct{next: w.nextBlock(rows, cols, depth)}
	bRow := 0
	if direct {
		bRow = w.h.stride
	}
	groups := ceilDiv(rows.len(), w.k.rows)
	for g := range groups {
		lo, hi := part(rows.len(), groups, g)
		t.a = delta.data[lo:]
		if direct {
			t.b = w.h.from(depth.lo, cols.lo)
		} else {
			t.b = packed
		}
		t.c = sums[(rows.lo+lo)*w.n+cols.lo:]
		if add {
			t.add = t.c
		}
		next.prefetch(t, g, groups, ceilDiv(cols.len(), w.k.cols))
		w.k.across(hi-lo, cols.len(), t, bRow)
	}
}

// nextBlock returns the memory of the block of the depth that comes next: while the last columns are multiplied it is fetched,
// unless too much else lies between its rows.
func (w *gradient) nextBlock(rows, cols, depth span) (next [2][]float32) {
	if cols.hi < w.n || depth.hi == w.depth {
		return next
	}
	lo, hi := depth.hi, min(depth.hi+depth.len(), w.depth)
	if w.h.stride < 2*w.n {
		next[0] = w.h.rowRange(lo, hi).data
	}
	if w.delta.stride < 2*rows.len() {
		next[1] = w.delta.rowRange(lo, hi).data
	}
	return next
}

// input adds (X, 1)ᵀ·Delta of a block of the depth to the extra sums, or begins them.
func (w *gradient) input(worker int, delta matrix, rows, depth span, extra []float32, add bool) {
	if w.extra == 0 {
		return
	}
	in := w.inputs1.block(worker)
	for q := range depth.len() {
		row := in[q*w.extra : (q+1)*w.extra]
		if w.inputs > 0 {
			copy(row, w.x.row(depth.lo+q))
		}
		if w.extra > w.inputs {
			row[w.inputs] = 1
		}
	}
	t := &w.call[worker]
	*t = tile{depth: depth.len(), aRow: 1, aCol: w.extra, cRow: w.m, addRow: w.m}
	groups := ceilDiv(w.extra, w.k.rows)
	for g := range groups {
		lo, hi := part(w.extra, groups, g)
		t.a = in[lo:]
		t.b, t.c = delta.data, extra[lo*w.m+rows.lo:]
		if add {
			t.add = t.c
		}
		w.k.across(hi-lo, rows.len(), t, delta.stride)
	}
}

// reduce adds the chunks' sums for rows lo … hi−1 of DW and DWx and elements lo … hi−1 of DBias and DDiag.
func (w *gradient) reduce(lo, hi int) {
	for i := lo; i < hi && !w.dw.absent(); i++ {
		row := w.dw.row(i)
		copy(row, w.sums.block(0)[i*w.n:(i+1)*w.n])
		for s := 1; s < w.chunks; s++ {
			w.k.axpy(1, w.sums.block(s)[i*w.n:(i+1)*w.n], row)
		}
	}
	if !w.ddiag.absent() {
		sum := w.ddiag.data[lo:hi]
		copy(sum, w.diagonalSums.block(0)[lo:hi])
		for s := 1; s < w.chunks; s++ {
			w.k.axpy(1, w.diagonalSums.block(s)[lo:hi], sum)
		}
	}
	for q := range w.extra {
		sum := w.extraSums.block(0)[q*w.m+lo : q*w.m+hi]
		for s := 1; s < w.chunks; s++ {
			w.k.axpy(1, w.extraSums.block(s)[q*w.m+lo:q*w.m+hi], sum)
		}
		if q == w.inputs {
			copy(w.dbias.data[lo:hi], sum)
			continue
		}
		for i, v := range sum {
			w.dwx.data[(lo+i)*w.dwx.stride+q] = v
		}
	}
}
