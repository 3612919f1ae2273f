package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectBlocksBackward) }

// historyWords bounds the states that the way back through the blocks leaves for the gradient; larger batches take several ways.
const historyWords = 16 << 20

// blocksGradient is the gradient of a product of blocks of reflectors with its operands bound.
type blocksGradient struct {
	*blocks
	dx, du, dy, y matrix
	transpose     bool
	chunk         int
	ws            workspace
	sums          scratch // for every worker: Sym(D) of a block
	inputs        scratch // for every block, the samples' X (chunk × n), columns from the block's on
	grads         scratch // and the gradients of its output
	ey, edy       scratch // E_Y and −E_dY (chunk × b)
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
	w.inputs, w.grads = c.scratch(count, w.chunk*n), c.scratch(count, w.chunk*n)
	w.ey, w.edy = c.scratch(count, w.chunk*b), c.scratch(count, w.chunk*b)
	w.sums = c.perWorker(b * b)
	w.ws = c.workspace(b, n, max(w.chunk, b))
	phases := []phase{w.prepare()}
	for lo := 0; lo < batch; lo += w.chunk {
		hi := min(lo+w.chunk, batch)
		kept := &history{w, hi - lo}
		phases = append(phases,
			phase{ceilDiv(2*(hi-lo), w.tile), func(worker, t int) { kept.back(worker, t, lo) }},
			phase{count, func(worker, k int) { w.gradient(worker, count-1-k, hi-lo, lo > 0) }})
	}
	return task{
		plan:   fmt.Sprintf("%d blocks of %d reflectors, tiles of %d rows, %d samples at once, %s", count, b, w.tile, w.chunk, w.k.name),
		phases: phases,
	}, nil
}

// back takes tile t of the samples from lo on of Y, followed by those of DY, back through the blocks.
func (w *history) back(worker, t, lo int) {
	count := w.count
	from, to := t*w.tile, min((t+1)*w.tile, 2*count)
	state := w.rows(worker)
	for i := from; i < to; i++ {
		src := w.y.row(lo + i%count)
		if i >= count {
			src = w.dy.row(lo + i - count)
		}
		copy(state[(i-from)*w.pitch:], src)
	}
	w.pass(worker, from, to-from, w)
	for i := max(from, count); i < to; i++ {
		copy(w.dx.row(lo+i-count), state[(i-from)*w.pitch:])
	}
}

// history keeps what a pass of count samples of Y and then of DY leaves for the gradient.
type history struct {
	*blocksGradient
	count int
}

func (h *history) before(k, first, rows int, state, e []float32) {
	n, lo := h.u.cols, k*h.b
	for i := first; i < first+rows; i++ {
		c := e[(i-first)*h.b:][:h.b]
		if i < h.count {
			h.k.scale(-1, c, h.ey.block(k)[i*h.b:][:h.b]) // e is −E
			continue
		}
		copy(h.edy.block(k)[(i-h.count)*h.b:], c)
		copy(h.grads.block(k)[(i-h.count)*n+lo:(i-h.count+1)*n], state[(i-first)*h.pitch+lo:])
	}
}

func (h *history) after(k, first, rows int, state []float32) {
	n, lo := h.u.cols, k*h.b
	for i := first; i < min(first+rows, h.count); i++ {
		copy(h.inputs.block(k)[i*n+lo:(i+1)*n], state[(i-first)*h.pitch+lo:])
	}
}

// gradient computes the rows of DU of block k from count samples, or with add adds to them.
func (w *blocksGradient) gradient(worker, k, count int, add bool) {
	rows, n := w.reflectors(k), w.u.cols
	size, batch := span{0, rows.len()}, span{0, count}
	ey, edy := operand{w.ey.block(k), 1, w.b}, operand{w.edy.block(k), 1, w.b}
	left, right := edy, ey
	if w.transpose {
		left, right = ey, edy
	}
	sym := w.sums.block(worker)
	d := product{kernels: w.k, a: left, b: operand{right.data, w.b, 1}} // −D
	d.block(w.ws, worker, size, size, batch, output{c: sym, cRow: w.b})
	for i := range rows.len() {
		for j := range i {
			sym[i*w.b+j] = sym[j*w.b+i]
		}
	}
	if !add {
		for j := rows.lo; j < rows.hi; j++ {
			clear(w.du.row(j))
		}
	}
	for lo := rows.lo; lo < n; lo += colBlock {
		cols := span{lo, min(lo+colBlock, n)}
		out := output{c: w.du.from(rows.lo, lo), cRow: w.du.stride, add: w.du.from(rows.lo, lo), addRow: w.du.stride}
		for _, p := range []product{
			{a: ey, b: operand{w.grads.block(k), n, 1}},
			{a: edy, b: operand{w.inputs.block(k), n, 1}},
			{a: operand{sym, w.b, 1}, b: operand{w.u.from(rows.lo, 0), w.u.stride, 1}},
		} {
			p.kernels = w.k
			depth := batch
			if p.a.row != 1 {
				depth = size
			}
			p.block(w.ws, worker, size, cols, depth, out)
		}
	}
	for j := rows.lo; j < rows.hi; j++ {
		clear(w.du.row(j)[:j])
	}
}
