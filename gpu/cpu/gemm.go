package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(gemm) }

// gemmWork is a matrix product with its operands bound.
type gemmWork struct {
	gpu.Gemm
	k                  *kernels
	a, b, c            stack
	scale, bias, diag  []float32
	act                bound
	m, n, depth        int
	ep                 epilogue
	tileRows, tileCols int
	rowTiles, colTiles int
	ws                 workspace
	factors            scratch // α·Scale where they are not ones
	chunks             int     // of a product whose depth is split
	partial            scratch // chunks blocks of m × n for each product of the batch
}

// gemm cuts C into tiles that workers multiply independently. A product that is deep and small (a gradient over all time steps)
// is cut along its depth instead, into chunks that depend on the shape alone and are summed in order.
func gemm(c *compiler, op gpu.Gemm) (task, error) {
	w := newGemmWork(c.kernels, op)
	if w.m == 0 || w.n == 0 {
		return task{plan: "empty"}, nil
	}
	if w.depth == 0 {
		return task{phases: []phase{{op.Count(), w.withoutProduct}}, plan: "no depth: epilogue alone"}, nil
	}
	w.ws = c.workspace(w.m, w.n, w.depth)
	var first []phase
	if op.Alpha != 1 || w.scale != nil {
		w.factors = c.scratch(1, w.n)
		first = append(first, phase{1, w.prepareFactors})
	}
	if w.chunks = splitDepth(w.m*op.Count(), w.n, w.depth); w.chunks > 1 {
		w.partial = c.scratch(w.chunks*op.Count(), w.m*w.n)
		rows := min(w.m, 64)
		return task{
			phases: append(first, phase{w.chunks * op.Count(), w.chunk},
				phase{rows * op.Count(), func(_, i int) { lo, hi := part(w.m, rows, i%rows); w.reduce(i/rows, lo, hi) }}),
			plan: fmt.Sprintf("%d of %d×%d×%d, depth in %d chunks, %s", op.Count(), w.m, w.n, w.depth, w.chunks, c.kernels.name),
		}, nil
	}
	w.tileRows, w.tileCols = grid(c.kernels, w.m, w.n, w.depth, op.Count(), c.sharers())
	if op.TrapezoidA { // finer steps along the diagonal leave out more
		w.tileRows = min(w.tileRows, trapezoidRows)
	}
	if op.Upper {
		w.tileCols = min(w.tileCols, trapezoidCols)
	}
	w.rowTiles, w.colTiles = ceilDiv(w.m, w.tileRows), ceilDiv(w.n, w.tileCols)
	return task{
		phases: append(first, phase{w.rowTiles * w.colTiles * op.Count(), w.tile}),
		plan:   fmt.Sprintf("%d of %d×%d×%d in tiles of %d×%d, %s", op.Count(), w.m, w.n, w.depth, w.tileRows, w.tileCols, c.kernels.name),
	}, nil
}

func newGemmWork(k *kernels, op gpu.Gemm) *gemmWork {
	count := op.Count()
	w := &gemmWork{Gemm: op, k: k, a: bindStack(op.A, count, op.StrideA), b: bindStack(op.B, count, op.StrideB), c: bindStack(op.C, count, op.StrideC),
		scale: bind(op.Scale).data, bias: bind(op.Bias).data, diag: bind(op.Diag).data, act: k.bound(op.Act), ep: forwardEpilogue(op.Act)}
	w.m, w.n, w.depth = op.Dims()
	return w
}

// forwardEpilogue returns the micro-kernel's form of an activation; others have none and are applied afterwards (bound.fused).
func forwardEpilogue(act gpu.Activation) epilogue {
	switch act.Kind {
	case gpu.ReLU:
		return relu
	case gpu.LeakyReLU:
		return leaky
	}
	return store
}

// The largest tiles where a triangle is left out.
const (
	trapezoidRows = 128
	trapezoidCols = 256
)

// splitDepth returns into how many chunks the depth of a product is cut; 1 where tiles of C are enough to share out. m are the rows of a
// whole batch.
func splitDepth(m, n, depth int) int {
	const most, words, least = 64, 1 << 21, 1024
	if m*n > 1<<18 || depth < 4*least || depth < 4*max(m, n) {
		return 1
	}
	return max(1, min(most, words/(m*n), depth/least))
}

// grid chooses tiles of C: as large as the blocks allow, but small enough that every worker has some, unless the work is not
// worth sharing.
func grid(k *kernels, m, n, depth, count, threads int) (rows, cols int) {
	rows, cols = min(m, rowBlock), min(n, colBlock)
	if threads == 1 || m*n*depth*count < 1<<17 {
		return rows, cols
	}
	enough := func() bool { return ceilDiv(m, rows)*ceilDiv(n, cols)*count >= 2*threads }
	for !enough() && rows > 2*k.rows {
		rows = max(ceilDiv(rows, 2), 2*k.rows)
	}
	for !enough() && cols > k.cols {
		cols = roundUp(ceilDiv(cols, 2), k.cols)
	}
	for !enough() && rows > 1 {
		rows = ceilDiv(rows, 2)
	}
	return rows, cols
}

// operands returns the product and the output of product number i of the batch.
func (w *gemmWork) operands(i int) (product, matrix) {
	a, b, c := w.a.item(i), w.b.item(i), w.c.item(i)
	p := product{kernels: w.k, a: operandOf(a, w.TransA), b: operandOf(b, w.TransB)}
	if w.factors.words > 0 {
		p.scale = w.factors.block(0)
	}
	return p, c
}

// prepareFactors computes α·Scale.
func (w *gemmWork) prepareFactors(_, _ int) {
	factors := w.factors.block(0)
	for j := range factors {
		factors[j] = w.Alpha
		if w.scale != nil {
			factors[j] *= w.scale[j]
		}
	}
}

// tile computes one tile of C of one product of the batch.
func (w *gemmWork) tile(worker, i int) {
	p, c := w.operands(i / (w.rowTiles * w.colTiles))
	i %= w.rowTiles * w.colTiles
	r, j := i/w.colTiles*w.tileRows, i%w.colTiles*w.tileCols
	rows, cols := span{r, min(r+w.tileRows, w.m)}, span{j, min(j+w.tileCols, w.n)}
	out := output{c: c.from(r, j), cRow: c.stride, epilogue: w.ep, slope: w.Act.Slope}
	if w.Upper && cols.hi <= rows.lo {
		for i := rows.lo; i < rows.hi; i++ {
			clear(c.row(i)[cols.lo:cols.hi])
		}
		return
	}
	switch {
	case w.Beta != 0:
		w.prepare(c, rows, cols)
		out.add, out.addRow = out.c, out.cRow
	case w.bias != nil:
		out.add = w.bias[j:]
	}
	p.live = w.live(rows)
	p.block(w.ws, worker, rows, cols, span{0, w.depth}, out)
	for i := rows.lo; i < rows.hi; i++ {
		if !w.act.fused() {
			w.act.activate(c.row(i)[cols.lo:cols.hi], cols.lo)
		}
		w.endRow(c, i, cols)
	}
}

// live returns the part of the depth over which some of these rows of op(A) are not known to be zero.
func (w *gemmWork) live(rows span) span {
	switch {
	case !w.TrapezoidA:
		return span{0, w.depth}
	case w.TransA:
		return span{0, min(rows.hi, w.depth)}
	}
	return span{min(rows.lo, w.depth), w.depth}
}

// endRow adds the diagonal element of row i of C, if it lies in the columns, and writes zeros left of it with Upper.
func (w *gemmWork) endRow(c matrix, i int, cols span) {
	if w.diag != nil && cols.lo <= i && i < cols.hi {
		c.row(i)[i] += w.diag[i]
	}
	if w.Upper && cols.lo < i {
		clear(c.row(i)[cols.lo:min(i, cols.hi)])
	}
}

// prepare writes β·C + Bias to a tile of C.
func (w *gemmWork) prepare(c matrix, rows, cols span) {
	if w.Beta == 1 && w.bias == nil {
		return
	}
	for i := rows.lo; i < rows.hi; i++ {
		row := c.row(i)[cols.lo:cols.hi]
		for j := range row {
			row[j] *= w.Beta
			if w.bias != nil {
				row[j] += w.bias[cols.lo+j]
			}
		}
	}
}

// withoutProduct computes φ(β·C + Bias) for one product of a batch without depth.
func (w *gemmWork) withoutProduct(_, i int) {
	c := w.c.item(i)
	for r := range w.m {
		w.finishRow(c.row(r))
		w.endRow(c, r, span{0, w.n})
	}
}

// finishRow completes a row of C for which add(j) is the product.
func (w *gemmWork) finishRow(row []float32) {
	for j, v := range row {
		sum := float32(0)
		if w.Beta != 0 {
			sum = w.Beta * v
		}
		if w.bias != nil {
			sum += w.bias[j]
		}
		row[j] = sum
	}
	w.act.activate(row, 0)
}

// chunk computes the partial product of one chunk of the depth of one product of the batch.
func (w *gemmWork) chunk(worker, i int) {
	p, _ := w.operands(i / w.chunks)
	lo, hi := part(w.depth, w.chunks, i%w.chunks)
	dst := w.partial.block(i)
	for r := 0; r < w.m; r += rowBlock {
		for j := 0; j < w.n; j += colBlock {
			rows, cols := span{r, min(r+rowBlock, w.m)}, span{j, min(j+colBlock, w.n)}
			p.block(w.ws, worker, rows, cols, span{lo, hi}, output{c: dst[r*w.n+j:], cRow: w.n})
		}
	}
}

// reduce sums the chunks of rows lo … hi−1 of one product of the batch in order and applies the rest.
func (w *gemmWork) reduce(item, lo, hi int) {
	c, first := w.c.item(item), item*w.chunks
	for i := lo; i < hi; i++ {
		sum := w.partial.block(first)[i*w.n : (i+1)*w.n]
		for s := first + 1; s < first+w.chunks; s++ {
			w.k.axpy(1, w.partial.block(s)[i*w.n:(i+1)*w.n], sum)
		}
		row := c.row(i)
		for j, v := range sum {
			if w.Beta != 0 {
				v += w.Beta * row[j]
			}
			if w.bias != nil {
				v += w.bias[j]
			}
			row[j] = v
		}
		w.act.activate(row, 0)
		w.endRow(c, i, span{0, w.n})
	}
}
