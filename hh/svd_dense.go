package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// denseForm computes a square weight through dense Q(U) and Q(V).
//
// Materialise (Schreiber & Van Loan 1989):
//
//	S(U) Zu = U,  S(V) Zv = V (m × n),   Qu = I − Uᵀ Zu,  Qv = I − Vᵀ Zv,   W = (Qu Σ) Qvᵀ
//
// Gradient, from G = dL/dW. An orthogonal factor feels only the skew part of its gradient (gpu.SVDTangent):
//
//	M = Quᵀ G Qv,  dσ = diag M,   Ωu = MΣ − ΣMᵀ,  Ωv = MᵀΣ − ΣM      (n × n, skew)
//	E = Z Ω (m × n),   T = E Zᵀ (m × m, skew),   dU = E − striu(T) U
//
// for each side with its Z and Ω: 2n²m + 4nm² flops, against 4n²m + 8nm² of differentiating I − UᵀAU factor by factor (the two are
// equal because Quᵀ Uᵀ = −Uᵀ Aᵀ A⁻¹). Z, E and T are upper trapezoidal where it matters, and the products leave out what is zero.
type denseForm struct {
	z     [2]gpu.View // m × n
	q     [2]gpu.View // n × n
	ones  gpu.View    // 1 × n
	d     gpu.View    // n × n: QuΣ, later GQv
	m     gpu.View    // n × n: M
	omega [2]gpu.View // n × n
	t     [2]gpu.View // m × m
}

func newDenseForm(s *SVD) *denseForm {
	n, m1, m2 := s.cfg.Rows, s.cfg.ReflectorsU, s.cfg.ReflectorsV
	f := &denseForm{}
	f.z[0] = s.unit.Reserve(m1, n)
	f.z[1] = s.unit.Reserve(m2, n)
	f.q[0] = s.unit.Reserve(n, n)
	f.q[1] = s.unit.Reserve(n, n)
	f.ones = s.unit.Reserve(1, n)
	f.d = s.unit.Reserve(n, n)
	if !s.cfg.ForwardOnly {
		f.m = s.unit.Reserve(n, n)
		f.omega[0] = s.unit.Reserve(n, n)
		f.omega[1] = s.unit.Reserve(n, n)
		f.t[0] = s.unit.Reserve(m1, m1)
		f.t[1] = s.unit.Reserve(m2, m2)
	}
	return f
}

func (f *denseForm) materialise(s *SVD) []gpu.Op {
	u, v := s.side[0], s.side[1]
	ops := solve(s.side, f.z, [2]gpu.View{u.u, v.u}, gpu.View{})
	ops = append(ops, pair(u.qProduct(f.q[0], f.z[0], f.ones), v.qProduct(f.q[1], f.z[1], f.ones))...)
	return append(ops,
		gpu.Scale{Y: f.d, X: f.q[0], Right: s.sigma, Alpha: 1},
		gpu.Gemm{C: s.w, A: f.d, B: f.q[1], TransB: true, Alpha: 1})
}

func (f *denseForm) gradient(s *SVD, dw gpu.View, grad SVDParams) []gpu.Op {
	h := f.d
	ops := []gpu.Op{
		gpu.Gemm{C: h, A: dw, B: f.q[1], Alpha: 1},
		gpu.Gemm{C: f.m, A: f.q[0], TransA: true, B: h, Alpha: 1},
	}
	if !grad.S.IsZero() {
		ops = append(ops, s.sigmaBackward(grad.S, diagonal(f.m), gpu.View{}, gpu.View{}, 0))
	}
	ops = append(ops, gpu.SVDTangent{OmegaU: f.omega[0], OmegaV: f.omega[1], M: f.m, Sigma: s.sigma})
	eu, iu, ou := s.side[0].skewGradient(grad.U, f.z[0], f.omega[0], f.t[0])
	ev, iv, ov := s.side[1].skewGradient(grad.V, f.z[1], f.omega[1], f.t[1])
	ops = append(ops, pair(eu, ev)...)
	ops = append(ops, pair(iu, iv)...)
	return append(ops, pair(ou, ov)...)
}
