package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// compactWY applies Q = I − Uᵀ A U, A = S(U)⁻¹ (m × m), as products of whole matrices:
//
//	C = X Uᵀ (B × m),   Y = X − (C Aᵀ) U  for Q,   Y = X − (C A) U  for Qᵀ
//
// Backward takes Y and dY back as one batch R (2B × n), since both go back through Qᵀ: with E = [E_Y; E_dY] = R Uᵀ A,
// [X; dX] = R − E U, and −E_Y is what the forward direction subtracted, so that
//
//	dU = E_Yᵀ dY − E_dYᵀ X − Sym(E_dYᵀ E_Y) U,   Sym(D) = triu(D) + striu(D)ᵀ
//
// (for Qᵀ with Aᵀ in place of A and the arguments of the last product exchanged).
type compactWY struct {
	cfg         ProductConfig
	u, inv      gpu.View // m × n, m × m
	c, e        gpu.View // B × m
	r, c2, e2   gpu.View // 2B × n, 2B × m
	dots, symms gpu.View // m × m
}

func newCompactWY(p *Product) *compactWY {
	c := p.cfg
	w := &compactWY{cfg: c, u: p.u, inv: p.factors.inverse}
	w.c = p.unit.Reserve(c.Batch, c.Reflectors)
	w.e = p.unit.Reserve(c.Batch, c.Reflectors)
	if !c.ForwardOnly {
		w.r = p.unit.Reserve(2*c.Batch, c.Dim)
		w.c2 = p.unit.Reserve(2*c.Batch, c.Reflectors)
		w.e2 = p.unit.Reserve(2*c.Batch, c.Reflectors)
		w.dots = p.unit.Reserve(c.Reflectors, c.Reflectors)
		w.symms = p.unit.Reserve(c.Reflectors, c.Reflectors)
	}
	return w
}

// pass returns the operations that multiply r in place by Q, or with transpose by Qᵀ, and leave E.
func (w *compactWY) pass(r, c, e gpu.View, transpose bool) []gpu.Op {
	return []gpu.Op{
		gpu.Gemm{C: c, A: r, B: w.u, TransB: true, Alpha: 1},
		gpu.Gemm{C: e, A: c, B: w.inv, TransB: !transpose, Alpha: 1},
		gpu.Gemm{C: r, A: e, B: w.u, Alpha: -1, Beta: 1},
	}
}

func (w *compactWY) apply(y, x gpu.View, transpose bool) []gpu.Op {
	var ops []gpu.Op
	if !y.Same(x) {
		ops = append(ops, gpu.Copy{Y: y, X: x})
	}
	return append(ops, w.pass(y, w.c, w.e, transpose)...)
}

func (w *compactWY) backward(dx, du, dy, y gpu.View, transpose bool) []gpu.Op {
	B := w.cfg.Batch
	x, back := w.r.RowRange(0, B), w.r.RowRange(B, 2*B)
	ey, edy := w.e2.RowRange(0, B), w.e2.RowRange(B, 2*B)
	left, right := edy, ey
	if transpose {
		left, right = ey, edy
	}
	ops := append([]gpu.Op{gpu.Copy{Y: x, X: y}, gpu.Copy{Y: back, X: dy}}, w.pass(w.r, w.c2, w.e2, !transpose)...)
	return append(ops,
		gpu.Gemm{C: du, A: ey, TransA: true, B: dy, Alpha: 1},
		gpu.Gemm{C: du, A: edy, TransA: true, B: x, Alpha: -1, Beta: 1},
		gpu.Gemm{C: w.dots, A: left, TransA: true, B: right, Alpha: 1},
		gpu.SymTriu{Y: w.symms, K: w.dots},
		gpu.Gemm{C: du, A: w.symms, B: w.u, Alpha: -1, Beta: 1},
		gpu.MaskReflectors{U: du},
		gpu.Copy{Y: dx, X: back})
}
