package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectBlocksBackward) }

// historyWords bounds the states that the way back through the blocks leaves for the gradient; larger batches take several ways.
const historyWords = 16 << 20

// blocksGradient is the gradient of a product of blocks of reflectors with its operands bound. Both Y and DY pass back through the
// blocks; what they leave, transposed like them, makes
//
//	DU_kᵀ = ( Gᵀ  Xᵀ )·( E_Y ; −E_dY ) − U_kᵀ·Sym(D)
type blocksGradient struct {
	*blocks
	dx, du, dy, y matrix
	transpose     bool
	chunk         int // samples at once
	half          int // columns of Gᵀ and of Xᵀ, rows of E_Y and of −E_dY: those of the chunk and zeros up to whole vectors
	past          int // words of a row of ( Gᵀ Xᵀ )
	ws            workspace
	states        scratch // for every block ( Gᵀ Xᵀ ), n rows of which those from the block's on are used
	coefficients  scratch // and ( E_Y ; −E_dY ), 2·half × b
	sums          scratch // for every worker: −Sym(D) of a block
	columns, rows scratch // and DU_kᵀ (n × b), and DU_k (b × n) where it is added to that of the samples before
	passes        []history
}

func reflectBlocksBackward(c *compiler, op gpu.ReflectBlocksBackward) (task, error) {
	w := &blocksGradient{dx: bind(op.DX), du: bind(op.DU), dy: bind(op.DY), y: bind(op.Y), transpose: op.Transpose}
	batch, n, m, b := op.Y.Rows, op.U.Cols, op.U.Rows, op.A.Cols
	switch {
	case n == 0:
		return task{plan: "empty"}, nil
	case batch == 0:
		return task{plan: "no samples: zeros", phases: []phase{{m, func(_, j int) { clear(w.du.row(j)) }}}}, nil
	}
	count := ceilDiv(m, b)
	w.chunk = min(batch, max(1, historyWords/max(1, 2*count*n)))
	w.blocks = newBlocks(c, op.U, op.A, 2*w.chunk, !op.Transpose)
	w.half = roundUp(w.chunk, w.k.half)
	if w.past = 2 * w.half; evicting(w.past) {
		w.past += lineWords
	}
	w.states, w.coefficients = c.scratch(count, n*w.past), c.scratch(count, 2*w.half*b)
	w.sums, w.columns = c.perWorker(b*b), c.perWorker(min(n, rowBlock)*b)
	if w.chunk < batch {
		w.rows = c.perWorker(b * n)
	}
	w.passes = make([]history, c.threads)
	w.ws = c.workspace(n, b, max(2*w.half, b))
	var phases []phase
	for lo := 0; lo < batch; lo += w.chunk {
		size := min(w.chunk, batch-lo)
		tiles := ceilDiv(size, w.tile)
		phases = append(phases,
			phase{2 * tiles, func(worker, i int) { w.back(worker, i/tiles == 1, i%tiles*w.tile, lo, size) }},
			phase{count, func(worker, k int) { w.gradient(worker, k, size, lo > 0) }})
	}
	return task{
		plan:   fmt.Sprintf("%d blocks of %d reflectors, tiles of %d samples, %d samples at once, %s", count, b, w.tile, w.chunk, w.k.name),
		phases: phases,
	}, nil
}

// back takes a tile of Y, or of DY, back through the blocks: samples from first on of size ones that begin at row lo.
func (w *blocksGradient) back(worker int, ofGradients bool, first, lo, size int) {
	h := &w.passes[worker]
	*h = history{w, first, min(w.tile, size-first), ofGradients}
	src := &w.y
	if ofGradients {
		src = &w.dy
	}
	w.load(worker, src, lo+first, h.count)
	w.pass(worker, h.count, h)
	if ofGradients {
		w.unload(worker, &w.dx, lo+first, h.count)
	}
}

// history keeps what a worker's pass of count samples, from first on, of Y or DY leaves for the gradient.
type history struct {
	*blocksGradient
	first, count int
	ofGradients  bool
}

// before keeps E; of DY the state too, as far as the block before did not leave it.
func (h *history) before(q int, state, e []float32) {
	k := h.order(q)
	size, cols := h.reflectors(k).len(), h.k.padded(h.count)
	kept := h.coefficients.block(k)[h.first*h.b:]
	if h.ofGradients {
		kept = kept[h.half*h.b:]
	}
	kept = kept[:cols*h.b]
	h.k.transpose(kept, h.b, e, h.pitch, cols, size)
	if !h.ofGradients {
		h.k.scale(-1, kept, kept) // e is −E
		return
	}
	rows := span{k * h.b, h.u.cols}
	if q > 0 {
		rows.hi = max(rows.lo, h.order(q-1)*h.b)
	}
	to := h.states.block(k)
	for r := rows.lo; r < rows.hi; r++ {
		copy(to[r*h.past+h.first:][:cols], state[r*h.pitch:])
	}
}

// after has the state of Y left for the block that it comes out of, that of DY for the next.
func (h *history) after(q int) (rows []float32, pitch int) {
	k := h.order(q)
	at := k*h.b*h.past + h.first
	switch {
	case !h.ofGradients:
		return h.states.block(k)[at+h.half:], h.past
	case q+1 < h.blocks.count:
		return h.states.block(h.order(q + 1))[at:], h.past
	}
	return nil, 0
}

// gradient computes the rows of DU of block k from a chunk of samples, or with add adds to them.
func (w *blocksGradient) gradient(worker, k, count int, add bool) {
	rows, n := w.reflectors(k), w.u.cols
	size, half := span{0, rows.len()}, roundUp(count, w.k.half)
	e := w.coefficients.block(k)
	sums := w.negative(worker, e, size, count)
	du := matrix{data: w.du.from(rows.lo, rows.lo), cols: n - rows.lo, stride: w.du.stride}
	sum := du
	if add {
		sum = matrix{data: w.rows.block(worker), cols: du.cols, stride: n}
	}
	columns := w.columns.block(worker)
	for lo := 0; lo < du.cols; lo += rowBlock {
		some := span{0, min(rowBlock, du.cols-lo)}
		states := operand{w.states.block(k)[(rows.lo+lo)*w.past:], w.past, 1}
		out := output{c: columns, cRow: w.b}
		if half == w.half {
			w.add(worker, states, operand{e, w.b, 1}, some, size, span{0, 2 * half}, &out)
		} else {
			w.add(worker, states, operand{e, w.b, 1}, some, size, span{0, half}, &out)
			w.add(worker, states, operand{e, w.b, 1}, some, size, span{w.half, w.half + half}, &out)
		}
		w.add(worker, operand{w.u.from(rows.lo, rows.lo+lo), 1, w.u.stride}, operand{sums, w.b, 1}, some, size, size, &out)
		w.k.transpose(sum.data[lo:], sum.stride, columns, w.b, rows.len(), some.len())
	}
	for i := range rows.len() {
		if add {
			w.k.axpy(1, sum.row(i), du.row(i))
		}
		clear(w.du.row(rows.lo + i)[:rows.lo+i])
	}
}

// add sets out to a·b, or adds it from the second time on.
func (w *blocksGradient) add(worker int, a, b operand, rows, cols, depth span, out *output) {
	p := product{kernels: w.k, a: a, b: b}
	p.block(w.ws, worker, rows, cols, depth, *out)
	out.add, out.addRow = out.c, out.cRow
}

// negative returns −Sym(D) of a block from its coefficients of count samples.
func (w *blocksGradient) negative(worker int, e []float32, size span, count int) []float32 {
	ey, edy := e, e[w.half*w.b:]
	left, right := edy, ey
	if w.transpose {
		left, right = ey, edy
	}
	sums := w.sums.block(worker)
	d := product{kernels: w.k, a: operand{left, 1, w.b}, b: operand{right, w.b, 1}}
	d.block(w.ws, worker, size, size, span{0, count}, output{c: sums, cRow: w.b})
	for i := range size.len() {
		for j := range i {
			sums[i*w.b+j] = sums[j*w.b+i]
		}
	}
	return sums
}
