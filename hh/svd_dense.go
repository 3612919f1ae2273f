package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// denseForm computes a square weight through dense Q(U) and Q(V).
//
// Materialise (Schreiber & Van Loan 1989):
//
//	S(U) Zu = U,  S(V) Zv = V (m × n),   Qu = I − Uᵀ Zu,  Qv = I − Vᵀ Zv,   W = (Qu Σ) Qvᵀ
//
// Gradient, from G = dL/dW. An orthogonal factor feels only the skew part of its gradient:
//
//	M = Quᵀ G Qv,  dσ = diag M,   Ωu = MΣ − ΣMᵀ,  Ωv = MᵀΣ − ΣM      (n × n, skew)
//	E = Z Ω (m × n),   T = E Zᵀ (m × m, skew),   dU = E − striu(T) U
//
// (up to fewLimit the halves of Ω are kept apart, ZΩ = ZN − ZNᵀ with N = MΣ or MᵀΣ: more flops, but three operations fewer)
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
	few   bool        // small: fewer operations rather than fewer flops
}

func newDenseForm(s *SVD) *denseForm {
	n, m1, m2 := s.cfg.Rows, s.cfg.ReflectorsU, s.cfg.ReflectorsV
	f := &denseForm{few: n <= fewLimit}
	s.mem.take(&f.z[0], m1, n)
	s.mem.take(&f.z[1], m2, n)
	// Qv begins n(n+1) words after Qu: the diagonal of Qu ends where that of Qv goes on, n+1 words a step.
	s.mem.take(&f.q[0], n*(n+1)+n*n, 1)
	s.mem.take(&f.ones, 1, 2*n)
	s.mem.take(&f.d, n, n)
	if !s.cfg.ForwardOnly {
		if !f.few {
			s.mem.take(&f.m, n, n)
		}
		s.mem.take(&f.omega[0], n, n)
		s.mem.take(&f.omega[1], n, n)
		s.mem.take(&f.t[0], m1, m1)
		s.mem.next(&f.t[1], m2, m2)
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
	u, v, parts := s.side[0], s.side[1], splits(min(s.cfg.ReflectorsU, s.cfg.ReflectorsV))
	ops := solve(s.side, f.z, [2]gpu.View{u.u, v.u}, gpu.View{})
	ops = append(ops, pairs(u.qProducts(f.q[0], f.z[0], parts), v.qProducts(f.q[1], f.z[1], parts))...)
	return append(ops,
		gpu.Scale{Y: f.qdiag, X: column(f.ones), Alpha: 1, Beta: 1},
		gpu.Scale{Y: f.d, X: f.q[0], Right: s.sigma, Alpha: 1},
		gpu.Gemm{C: s.w, A: f.d, B: f.q[1], TransB: true, Alpha: 1})
}

func (f *denseForm) gradient(s *SVD, dw gpu.View, grad SVDParams) []gpu.Op {
	ops := []gpu.Op{gpu.Gemm{C: f.d, A: dw, B: f.q[1], Alpha: 1}}
	if f.few {
		ops = append(ops, f.fewOperations(s, grad)...)
	} else {
		ops = append(ops, f.fewFlops(s, grad)...)
	}
	parts := splits(min(s.cfg.ReflectorsU, s.cfg.ReflectorsV))
	eu, iu, ou := s.side[0].skewGradient(grad.U, f.z[0], f.omega[0], f.t[0], parts)
	ev, iv, ov := s.side[1].skewGradient(grad.V, f.z[1], f.omega[1], f.t[1], parts)
	ops = append(ops, pairs(eu, ev)...)
	if f.few { // what stands in the place of Ω is half of it
		for i := range eu {
			eu[i].TransB, eu[i].Alpha, eu[i].Beta = true, -1, 1
		}
		for i := range ev {
			ev[i].TransB, ev[i].Alpha, ev[i].Beta = true, -1, 1
		}
		ops = append(ops, pairs(eu, ev)...)
	}
	ops = append(ops, pairs(iu, iv)...)
	ops = append(ops, masks(f.t)...)
	ops = append(ops, pairs(ou, ov)...)
	return append(ops, masks([2]gpu.View{grad.U, grad.V})...)
}

// fewFlops computes Ωu and Ωv from H = GQv, which stands in d.
func (f *denseForm) fewFlops(s *SVD, grad SVDParams) []gpu.Op {
	h, mt := f.d, f.d
	ops := []gpu.Op{gpu.Gemm{C: f.m, A: f.q[0], TransA: true, B: h, Alpha: 1}}
	if !grad.S.IsZero() {
		ops = append(ops, gpu.Copy{Y: column(s.dsigma), X: diagonal(f.m)}, s.sigmaBackward(grad.S))
	}
	return append(ops,
		gpu.Copy{Y: mt, X: f.m, Transpose: true},
		gpu.Scale{Y: f.omega[0], X: f.m, Right: s.sigma, Alpha: 1},
		gpu.Scale{Y: f.omega[1], X: mt, Right: s.sigma, Alpha: 1},
		gpu.Scale{Y: f.omega[0], X: mt, Left: s.sigma, Alpha: -1, Beta: 1},
		gpu.Scale{Y: f.omega[1], X: f.m, Left: s.sigma, Alpha: -1, Beta: 1})
}

// fewOperations computes MΣ and MᵀΣ in the places of Ωu and Ωv, which are these less their transposes.
func (f *denseForm) fewOperations(s *SVD, grad SVDParams) []gpu.Op {
	h := f.d
	ops := []gpu.Op{
		gpu.Gemm{C: f.omega[0], A: f.q[0], TransA: true, B: h, Alpha: 1, Scale: s.sigma},
		gpu.Gemm{C: f.omega[1], A: h, TransA: true, B: f.q[0], Alpha: 1, Scale: s.sigma},
	}
	if !grad.S.IsZero() {
		ops = append(ops, gpu.ColDot{Out: s.dsigma, A: f.q[0], B: h, Alpha: 1}, s.sigmaBackward(grad.S))
	}
	return ops
}
