package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// blockedWY applies Q = Q_0 Q_1 … Q_{K−1}, Q_k = I − U_kᵀ A_k U_k of b reflectors each (the last of fewer), A_k = S(U_k)⁻¹:
//
//	C = X U_kᵀ (B × b),   X ← X − (C A_kᵀ) U_k   for Q_k,   X ← X − (C A_k) U_k   for Q_kᵀ
//
// With one block it is compact WY. The first k·b columns of U_k are structural zeros and are left out.
//
// Backward runs the blocks from the output on, on Y and dY stacked as R (2B × n), since both go back through Q_kᵀ: with
// [C_Y; C_dY] = R_out U_kᵀ A_k, R_in = R_out − [C_Y; C_dY] U_k, and −C_Y is what the forward direction subtracted, so that
//
//	dU_k = C_Yᵀ dY_out − C_dYᵀ X_in − Sym(C_dYᵀ C_Y) U_k,   Sym(D) = triu(D) + striu(D)ᵀ
//
// (for Qᵀ with A_kᵀ in place of A_k and the arguments of the last product exchanged). R and C of all blocks are kept, so that the
// gradients of the full blocks are batches of products: 4 dependent operations a block, and a few at the end.
type blockedWY struct {
	p          *Product
	blocks     []wyBlock
	full       int // number of blocks of b reflectors
	size       int // b
	gram, inv  gpu.View
	c, e       gpu.View // B × b
	r          gpu.View // (K+1)·2B × n: R before and after every block, slot k on the side of block 0
	c2, e2     gpu.View // 2B × b, K·2B × b
	d, sym     gpu.View // K·b × b
	gramStride int
}

// wyBlock is one block: reflectors lo … hi−1.
type wyBlock struct {
	lo, hi    int
	u         gpu.View // (hi−lo) × (n−lo), without the structural zeros that the block shares
	gram, inv gpu.View
}

func newBlockedWY(p *Product) *blockedWY {
	c := p.cfg
	w := &blockedWY{p: p, size: c.Block, full: c.Reflectors / c.Block}
	for lo := 0; lo < c.Reflectors; lo += c.Block {
		hi := min(lo+c.Block, c.Reflectors)
		w.blocks = append(w.blocks, wyBlock{lo: lo, hi: hi, u: block(p.u, lo, hi, lo, c.Dim)})
	}
	k := len(w.blocks)
	w.gramStride = c.Block * c.Block
	p.mem.take(&w.gram, 1, k*w.gramStride)
	p.mem.take(&w.inv, 1, k*w.gramStride)
	p.mem.take(&w.c, c.Batch, c.Block)
	p.mem.take(&w.e, c.Batch, c.Block)
	if !c.ForwardOnly {
		p.mem.take(&w.r, (k+1)*2*c.Batch, c.Dim)
		p.mem.take(&w.c2, 2*c.Batch, c.Block)
		p.mem.take(&w.e2, k*2*c.Batch, c.Block)
		p.mem.take(&w.d, k*c.Block, c.Block)
		p.mem.take(&w.sym, k*c.Block, c.Block)
	}
	return w
}

// settle cuts the triangles of the blocks out of the memory.
func (w *blockedWY) settle() {
	for k := range w.blocks {
		b, off := &w.blocks[k], k*w.gramStride
		m := b.hi - b.lo
		b.gram = w.gram.Buf.View(w.gram.Off+off, m, m)
		b.inv = w.inv.Buf.View(w.inv.Off+off, m, m)
	}
}

// prepare computes S and S⁻¹ of all blocks, in operations that do not depend on each other. Gram makes half of what a batch of
// products would, and leaves out the columns of zeros.
func (w *blockedWY) prepare() []gpu.Op {
	var ops []gpu.Op
	for _, b := range w.blocks {
		ops = append(ops, gpu.Gram{S: b.gram, U: b.u})
	}
	for _, b := range w.blocks {
		ops = append(ops, gpu.TriInverse{A: b.inv, S: b.gram})
	}
	return ops
}

// order returns the blocks in the order in which they meet a batch going forward: Q applies the last first.
func (w *blockedWY) order(transpose bool) []int {
	n := len(w.blocks)
	out := make([]int, n)
	for i := range out {
		out[i] = n - 1 - i
		if transpose {
			out[i] = i
		}
	}
	return out
}

// apply multiplies y in place.
func (w *blockedWY) apply(y gpu.View, transpose bool) []gpu.Op {
	var ops []gpu.Op
	for _, k := range w.order(transpose) {
		b := w.blocks[k]
		rows := y.ColRange(b.lo, y.Cols)
		c, e := narrow(w.c, b.hi-b.lo), narrow(w.e, b.hi-b.lo)
		ops = append(ops,
			gpu.Gemm{C: c, A: rows, B: b.u, TransB: true, Alpha: 1},
			gpu.Gemm{C: e, A: c, B: b.inv, TransB: !transpose, Alpha: 1},
			gpu.Gemm{C: rows, A: e, B: b.u, Alpha: -1, Beta: 1})
	}
	return ops
}

// narrow returns the first cols columns of v.
func narrow(v gpu.View, cols int) gpu.View { return v.ColRange(0, cols) }

func (w *blockedWY) backward(dx, du, dy, y gpu.View, transpose bool) []gpu.Op {
	B, order := w.p.cfg.Batch, w.order(!transpose) // from the output on
	out, in := 0, 1                                // slots of R beside block k, as offsets from k
	if transpose {
		out, in = 1, 0
	}
	slot := func(k int) gpu.View { return w.r.RowRange(k*2*B, (k+1)*2*B) }
	start := slot(order[0] + out)
	ops := []gpu.Op{gpu.Copy{Y: start.RowRange(0, B), X: y}, gpu.Copy{Y: start.RowRange(B, 2*B), X: dy}}
	for _, k := range order {
		b, from, to := w.blocks[k], slot(k+out), slot(k+in)
		m := b.hi - b.lo
		c, e := narrow(w.c2, m), w.coefficients(k)
		ops = append(ops,
			gpu.Gemm{C: c, A: from.ColRange(b.lo, from.Cols), B: b.u, TransB: true, Alpha: 1},
			gpu.Gemm{C: e, A: c, B: b.inv, TransB: transpose, Alpha: 1},
			gpu.Copy{Y: to, X: from},
			gpu.Gemm{C: to.ColRange(b.lo, to.Cols), A: e, B: b.u, Alpha: -1, Beta: 1})
	}
	ops = append(ops, gpu.Copy{Y: dx, X: slot(order[len(order)-1]+in).RowRange(B, 2*B)})
	ops = append(ops, w.reflectorGradients(du, slot, out, in, transpose)...)
	return append(ops, gpu.MaskReflectors{U: du})
}

// coefficients returns [C_Y; C_dY] of block k.
func (w *blockedWY) coefficients(k int) gpu.View {
	B, b := w.p.cfg.Batch, w.blocks[k]
	return narrow(w.e2.RowRange(k*2*B, (k+1)*2*B), b.hi-b.lo)
}

// blockGroups is into how many batches the full blocks are put: each leaves out the columns of zeros that its blocks share.
const blockGroups = 4

// reflectorGradients computes dU of all blocks: the full ones as batches, the last on its own where it has fewer reflectors.
func (w *blockedWY) reflectorGradients(du gpu.View, slot func(int) gpu.View, out, in int, transpose bool) []gpu.Op {
	B, n := w.p.cfg.Batch, w.p.cfg.Dim
	groups := [][2]int{}
	size := (w.full + blockGroups - 1) / blockGroups
	for k := 0; k < w.full; k += size {
		groups = append(groups, [2]int{k, min(size, w.full-k)})
	}
	if w.full < len(w.blocks) {
		groups = append(groups, [2]int{w.full, 1})
	}
	var ops []gpu.Op
	for _, g := range groups {
		k, count := g[0], g[1]
		b, e := w.blocks[k], w.coefficients(k)
		m := b.hi - b.lo
		cy, cdy := e.RowRange(0, B), e.RowRange(B, 2*B)
		target, u := block(du, b.lo, b.hi, b.lo, n), b.u
		dyOut, xIn := slot(k+out).RowRange(B, 2*B).ColRange(b.lo, n), slot(k+in).RowRange(0, B).ColRange(b.lo, n)
		d := block(w.d, k*w.size, k*w.size+m, 0, m)
		left, right := cdy, cy
		if transpose {
			left, right = cy, cdy
		}
		states, coeffs, rows, tri := 2*B*n, 2*B*w.size, w.size*du.Stride, w.size*w.size
		ops = append(ops,
			gpu.Gemm{C: target, A: cy, TransA: true, B: dyOut, Alpha: 1, Batch: count, StrideA: coeffs, StrideB: states, StrideC: rows},
			gpu.Gemm{C: d, A: left, TransA: true, B: right, Alpha: 1, Batch: count, StrideA: coeffs, StrideB: coeffs, StrideC: tri},
			gpu.Gemm{C: target, A: cdy, TransA: true, B: xIn, Alpha: -1, Beta: 1, Batch: count, StrideA: coeffs, StrideB: states, StrideC: rows})
		for i := range count {
			di := block(w.d, (k+i)*w.size, (k+i)*w.size+m, 0, m)
			ops = append(ops, gpu.SymTriu{Y: block(w.sym, (k+i)*w.size, (k+i)*w.size+m, 0, m), K: di})
		}
		ops = append(ops, gpu.Gemm{C: target, A: block(w.sym, k*w.size, k*w.size+m, 0, m), B: u, Alpha: -1, Beta: 1,
			Batch: count, StrideA: tri, StrideB: w.size * u.Stride, StrideC: rows})
	}
	return ops
}
