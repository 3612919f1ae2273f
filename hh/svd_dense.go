package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// denseForm computes a square weight through dense Q(U) and Q(V).
//
// Materialise, with A = S(U)⁻¹ and B = S(V)⁻¹ (Schreiber & Van Loan 1989):
//
//	Zu = A U,  Zv = B V (m × n),   Qu = I − Uᵀ Zu,  Qv = I − Vᵀ Zv,   W = (Qu Σ) Qvᵀ
//
// Gradient, from G = dL/dW. An orthogonal factor feels only the skew part of its gradient:
//
//	M = Quᵀ G Qv,  dσ = diag M,   Ωu = MΣ − ΣMᵀ,  Ωv = MᵀΣ − ΣM      (n × n, skew)
//	E = Z Ω (m × n),   T = E Zᵀ (m × m, skew),   dU = E − striu(T) U
//
// for each side with its Z and Ω: 2n²m + 4nm² flops, against 4n²m + 8nm² of differentiating I − UᵀAU factor by factor (the two are
// equal because Quᵀ Uᵀ = −Uᵀ Aᵀ A⁻¹). Z, E and T are upper trapezoidal where it matters, and the products skip blocks of zeros.
type denseForm struct {
	z     [2]gpu.View // m × n
	q     [2]gpu.View // n × n, Qv lying so that both diagonals are one arithmetic progression
	qdiag gpu.View    // both diagonals, 2n × 1
	ones  gpu.View    // 1 × 2n
	d     gpu.View    // n × n: QuΣ, later GQv, later Mᵀ
	m     gpu.View    // n × n: M
	omega [2]gpu.View // n × n
	t     [2]gpu.View // m × m
}

func newDenseForm(s *SVD) *denseForm {
	n, m1, m2 := s.cfg.Rows, s.cfg.ReflectorsU, s.cfg.ReflectorsV
	f := &denseForm{}
	s.mem.take(&f.z[0], m1, n)
	s.mem.take(&f.z[1], m2, n)
	// Qv begins n(n+1) words after Qu: the diagonal of Qu ends where that of Qv goes on, n+1 words a step.
	s.mem.take(&f.q[0], n*(n+1)+n*n, 1)
	s.mem.take(&f.ones, 1, 2*n)
	s.mem.take(&f.d, n, n)
	if !s.cfg.ForwardOnly {
		s.mem.take(&f.m, n, n)
		s.mem.take(&f.omega[0], n, n)
		s.mem.take(&f.omega[1], n, n)
		s.mem.take(&f.t[0], m1, m1)
		s.mem.take(&f.t[1], m2, m2)
	}
	return f
}

// settle cuts the block of both Q into its views, once the memory is there.
func (f *denseForm) settle(n int) {
	buf, off := f.q[0].Buf, f.q[0].Off
	f.q[0] = buf.View(off, n, n)
	f.q[1] = buf.View(off+n*(n+1), n, n)
	f.qdiag = gpu.View{Buf: buf, Off: off, Rows: 2 * n, Cols: 1, Stride: n + 1}
}

func (f *denseForm) materialise(s *SVD) []gpu.Op {
	n := s.cfg.Rows
	var ops []gpu.Op
	u, v := s.side[0], s.side[1]
	parts := splits(min(u.u.Rows, v.u.Rows))
	ops = append(ops, f.sides(s, parts, func(i, lo, hi int) gpu.Gemm { // Z = S⁻¹ U
		d := s.side[i]
		return gpu.Gemm{C: tail(f.z[i], lo, hi), A: tail(d.inv, lo, hi), B: tail(d.u, lo, d.u.Rows), Alpha: 1}
	})...)
	for _, b := range rowBlocks(n, parts) { // −Uᵀ Z: row a of Uᵀ ends at reflector a
		var g [2]gpu.Gemm
		for i := range g {
			k := min(b[1], s.side[i].u.Rows)
			g[i] = gpu.Gemm{C: f.q[i].RowRange(b[0], b[1]), A: block(s.side[i].u, 0, k, b[0], b[1]), TransA: true, B: f.z[i].RowRange(0, k), Alpha: -1}
		}
		ops = append(ops, pair(g[0], g[1])...)
	}
	return append(ops,
		gpu.Scale{Y: f.qdiag, X: column(f.ones), Alpha: 1, Beta: 1},
		gpu.Scale{Y: f.d, X: f.q[0], Right: s.sigma, Alpha: 1},
		gpu.Gemm{C: s.w, A: f.d, B: f.q[1], TransB: true, Alpha: 1})
}

func (f *denseForm) gradient(s *SVD, dw gpu.View, grad SVDParams) []gpu.Op {
	h, mt := f.d, f.d
	ops := []gpu.Op{
		gpu.Gemm{C: h, A: dw, B: f.q[1], Alpha: 1},
		gpu.Gemm{C: f.m, A: f.q[0], TransA: true, B: h, Alpha: 1},
	}
	if !grad.S.IsZero() {
		ops = append(ops, gpu.Copy{Y: column(s.dsigma), X: diagonal(f.m)}, s.sigmaBackward(grad.S))
	}
	ops = append(ops,
		gpu.Copy{Y: mt, X: f.m, Transpose: true},
		gpu.Scale{Y: f.omega[0], X: f.m, Right: s.sigma, Alpha: 1},
		gpu.Scale{Y: f.omega[1], X: mt, Right: s.sigma, Alpha: 1},
		gpu.Scale{Y: f.omega[0], X: mt, Left: s.sigma, Alpha: -1, Beta: 1},
		gpu.Scale{Y: f.omega[1], X: f.m, Left: s.sigma, Alpha: -1, Beta: 1})
	du := [2]gpu.View{grad.U, grad.V}
	parts := splits(min(s.cfg.ReflectorsU, s.cfg.ReflectorsV))
	ops = append(ops, f.sides(s, parts, func(i, lo, hi int) gpu.Gemm { // E = Z Ω, on and above the diagonal
		return gpu.Gemm{C: tail(du[i], lo, hi), A: tail(f.z[i], lo, hi), B: block(f.omega[i], lo, s.cfg.Rows, lo, s.cfg.Rows), Alpha: 1}
	})...)
	ops = append(ops, f.sides(s, parts, func(i, lo, hi int) gpu.Gemm { // T = E Zᵀ, likewise
		return gpu.Gemm{C: tail(f.t[i], lo, hi), A: tail(du[i], lo, hi), B: tail(f.z[i], lo, f.z[i].Rows), TransB: true, Alpha: 1}
	})...)
	ops = append(ops, gpu.MaskReflectors{U: f.t[0]}, gpu.MaskReflectors{U: f.t[1]})
	ops = append(ops, f.sides(s, parts, func(i, lo, hi int) gpu.Gemm { // dU = E − striu(T) U; the diagonal of T is 0
		return gpu.Gemm{C: tail(du[i], lo, hi), A: tail(f.t[i], lo, hi), B: tail(s.side[i].u, lo, f.z[i].Rows), Alpha: -1, Beta: 1}
	})...)
	return append(ops, gpu.MaskReflectors{U: du[0]}, gpu.MaskReflectors{U: du[1]})
}

// sides returns a product for both sides and every block of rows, the two sides as one batch where they allow it.
func (f *denseForm) sides(s *SVD, parts int, product func(i, lo, hi int) gpu.Gemm) []gpu.Op {
	b0, b1 := rowBlocks(s.cfg.ReflectorsU, parts), rowBlocks(s.cfg.ReflectorsV, parts)
	var ops []gpu.Op
	for b := range max(len(b0), len(b1)) {
		switch {
		case b < len(b0) && b < len(b1):
			ops = append(ops, pair(product(0, b0[b][0], b0[b][1]), product(1, b1[b][0], b1[b][1]))...)
		case b < len(b0):
			ops = append(ops, products(product(0, b0[b][0], b0[b][1]))...)
		default:
			ops = append(ops, products(product(1, b1[b][0], b1[b][1]))...)
		}
	}
	return ops
}

// tail returns rows lo … hi−1 of an upper trapezoidal v from the diagonal block on: columns lo and up.
func tail(v gpu.View, lo, hi int) gpu.View { return block(v, lo, hi, lo, v.Cols) }
