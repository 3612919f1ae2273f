package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// lowRankForm computes a square weight as diagonal plus low rank, and forms it only where it is asked for (FormThin). With
// Zu = S_u⁻ᵀU, Zv = S_v⁻ᵀV, Xv = S_v⁻¹VΣ and X = S_u⁻¹UΣ − J Zv, J = S_u⁻¹UΣVᵀ, all by substitution:
//
//	D = σ,   L = [Xv; −U],   R = [−V; X]
//
// Gradient, from dD, dL and dR (of G = dL/dW they are diag G, R Gᵀ and L G):
//
//	S_uᵀ P = dR_X = −U G,   S_vᵀ Y = dL_Xv = −V Gᵀ     (m × n, by substitution)
//	E = P Wᵀ − dL_U (m₁ × n),   F = Y W − dR_V − (Xv Uᵀ) P (m₂ × n)
//	dσ = dD + Σ_rows U ∘ (P − (P Zvᵀ) V) + Σ_rows V ∘ Y
//	T = E Zuᵀ (m₁ × m₁, skew),   dU = E + striu(T)ᵀ U
//
// and dV likewise from F and Zv, with P Wᵀ = P diag(D) + (P Rᵀ) L and Y W = Y diag(D) + (Y Lᵀ) R. It rests on dL/dQ(U) Q(U)ᵀ = G Wᵀ: the
// skew part of G Wᵀ is all that the reflectors of U feel. No object is larger than (m₁+m₂) × n but W, and apart from the substitutions no
// product runs over more than that.
//
// What has two sides of equal shape lies in memory so that an operation on both is one: Zu, L, R and Zv are rows of one matrix, so that −U
// is followed by −V, and P Rᵀ and P Zvᵀ are one product.
//
// A tall W (p × q, p > q) whose sides are padded (SVDConfig.Padded) is the first q columns of [W 0] = Q(U) diag(σ, 0) Q([V 0])ᵀ, a square matrix of
// p rows: n = p. What is zero beyond column q, all of V, Zv, X, R and P, is left out where that costs no batch.
type lowRankForm struct {
	all    gpu.View    // 3(m₁+m₂) × n: Zu, Xv, −U, −V, X, Zv
	grads  gpu.View    // 2(m₁+m₂) × n: dXv, dU, dV, dX, the gradients of L and R
	py     gpu.View    // (m₁+m₂) × n: P and Y
	k      [2]gpu.View // P [R; Zv]ᵀ and Y [Zu; L]ᵀ: m₁ × (m₁+2m₂) and m₂ × (2m₁+m₂)
	j      gpu.View    // m₁ × m₂
	cross  gpu.View    // Xv Uᵀ, m₂ × m₁
	t      [2]gpu.View // m₁ × m₁, m₂ × m₂
	m1, m2 int
	q      int // columns of W
}

func newLowRankForm(s *SVD) *lowRankForm {
	n, m1, m2 := s.cfg.Rows, s.cfg.ReflectorsU, s.cfg.ReflectorsV
	f := &lowRankForm{m1: m1, m2: m2, q: s.cfg.Cols}
	f.all = s.unit.Reserve(3*(m1+m2), n)
	f.j = s.unit.Reserve(m1, m2)
	if !s.cfg.ForwardOnly {
		f.cross = s.unit.Reserve(m2, m1)
		f.grads = s.unit.Reserve(2*(m1+m2), n)
		f.py = s.unit.Reserve(m1+m2, n)
		f.k[0] = s.unit.Reserve(m1, m1+2*m2)
		f.k[1] = s.unit.Reserve(m2, 2*m1+m2)
		f.t[0] = s.unit.Reserve(m1, m1)
		f.t[1] = s.unit.Reserve(m2, m2)
	}
	return f
}

// rows returns rows lo … lo+count−1 of all.
func (f *lowRankForm) rows(lo, count int) gpu.View { return f.all.RowRange(lo, lo+count) }

func (f *lowRankForm) z() [2]gpu.View {
	return [2]gpu.View{f.rows(0, f.m1), f.rows(3*f.m1+2*f.m2, f.m2)}
}
func (f *lowRankForm) xv() gpu.View         { return f.narrow(f.rows(f.m1, f.m2)) }
func (f *lowRankForm) reflectors() gpu.View { return f.rows(f.m1+f.m2, f.m1+f.m2) } // −U and −V
func (f *lowRankForm) x() gpu.View          { return f.narrow(f.rows(2*(f.m1+f.m2), f.m1)) }
func (f *lowRankForm) l() gpu.View          { return f.rows(f.m1, f.m1+f.m2) }
func (f *lowRankForm) r() gpu.View          { return f.rows(2*f.m1+f.m2, f.m1+f.m2) }
func (f *lowRankForm) dl() gpu.View         { return f.grads.RowRange(0, f.m1+f.m2) }
func (f *lowRankForm) dr() gpu.View         { return f.grads.RowRange(f.m1+f.m2, 2*(f.m1+f.m2)) }

// narrow returns the columns of v that W has, too: the others hold zeros.
func (f *lowRankForm) narrow(v gpu.View) gpu.View { return v.ColRange(0, f.q) }

// sides cuts rows of both sides, those of U first, into the two.
func (f *lowRankForm) sides(v gpu.View) [2]gpu.View {
	return [2]gpu.View{v.RowRange(0, f.m1), v.RowRange(f.m1, f.m1+f.m2)}
}

// factorise computes D, L and R.
func (f *lowRankForm) factorise(s *SVD) []gpu.Op {
	u, v, z, x := s.side[0].stored, s.side[1].stored, f.z(), f.x()
	ops := solveTransposed(s.side, z, [2]gpu.View{u, v})
	narrowU, narrowV := f.narrow(u), f.narrow(v)
	ops = append(ops, solve(s.side, [2]gpu.View{x, f.xv()}, [2]gpu.View{narrowU, narrowV}, s.sigma)...)
	if f.m1 > 0 && f.m2 > 0 {
		cross := gpu.Gemm{} // for the gradient alone
		if !s.cfg.ForwardOnly {
			cross = gpu.Gemm{C: f.cross, A: f.xv(), B: narrowU, TransB: true, Alpha: 1, TrapezoidA: true}
		}
		ops = append(ops, pair(gpu.Gemm{C: f.j, A: x, B: narrowV, TransB: true, Alpha: 1, TrapezoidA: true}, cross)...)
		ops = append(ops, gpu.Gemm{C: x, A: f.j, B: f.narrow(z[1]), Alpha: -1, Beta: 1})
	}
	for _, e := range together([]gpu.View{f.sides(f.reflectors())[0], u}, []gpu.View{f.sides(f.reflectors())[1], v}) {
		ops = append(ops, gpu.Scale{Y: e[0], X: e[1], Alpha: -1})
	}
	return ops
}

// materialise computes W from D, L and R.
func (f *lowRankForm) materialise(s *SVD) []gpu.Op {
	return append(f.factorise(s), gpu.Gemm{C: s.w, A: f.l(), TransA: true, B: f.narrow(f.r()), Alpha: 1, Diag: s.sigma})
}

// denseGradient is the gradient from dw = dL/dW.
func (f *lowRankForm) denseGradient(s *SVD, dw gpu.View, grad SVDParams) []gpu.Op {
	var ops []gpu.Op
	for _, g := range []gpu.Gemm{
		{C: f.dl(), A: f.narrow(f.r()), B: dw, TransB: true, Alpha: 1},
		{C: f.narrow(f.dr()), A: f.l(), B: dw, Alpha: 1},
	} {
		if !empty(g) {
			ops = append(ops, g)
		}
	}
	return append(ops, f.gradient(s, diagonal(dw), grad)...)
}

// gradient is the gradient from those of D (dd, a vector), L and R (in their places).
func (f *lowRankForm) gradient(s *SVD, dd gpu.View, grad SVDParams) []gpu.Op {
	u, v, z, py := s.side[0].stored, s.side[1].stored, f.z(), f.sides(f.py)
	both := s.cfg.stored(grad)
	dlx, dru := f.dl().RowRange(0, f.m2), f.dr().RowRange(f.m2, f.m1+f.m2)
	given := f.sides(f.grads.RowRange(f.m2, f.m2+f.m1+f.m2)) // dU of L and dV of R
	ops := solveTransposed(s.side, py, [2]gpu.View{dru, dlx})
	for _, e := range together([]gpu.View{both[0], py[0], given[0]}, []gpu.View{both[1], py[1], given[1]}) { // writes what is padded anew
		ops = append(ops, gpu.Scale{Y: e[0], X: e[1], Right: s.paddedSigma(), Alpha: 1, Z: e[2], Beta: -1})
	}
	var small, large, inner, outer [2]gpu.Gemm
	if f.m1 > 0 {
		small[0] = gpu.Gemm{C: f.k[0], A: py[0], B: f.rows(2*f.m1+f.m2, f.m1+2*f.m2), TransB: true, Alpha: 1}
		large[0] = gpu.Gemm{C: both[0], A: f.k[0].ColRange(0, f.m1+f.m2), B: f.l(), Alpha: 1, Beta: 1}
		inner[0] = gpu.Gemm{C: f.t[0], A: both[0], B: z[0], TransB: true, Alpha: 1, Upper: true}
		outer[0] = gpu.Gemm{C: both[0], A: f.t[0], TransA: true, B: u, Alpha: 1, Beta: 1, TrapezoidA: true, Upper: true}
	}
	if f.m2 > 0 {
		small[1] = gpu.Gemm{C: f.k[1], A: py[1], B: f.rows(0, 2*f.m1+f.m2), TransB: true, Alpha: 1}
		large[1] = gpu.Gemm{C: both[1], A: f.k[1].ColRange(f.m1, 2*f.m1+f.m2), B: f.r(), Alpha: 1, Beta: 1}
		inner[1] = gpu.Gemm{C: f.t[1], A: both[1], B: z[1], TransB: true, Alpha: 1, Upper: true}
		outer[1] = gpu.Gemm{C: both[1], A: f.t[1], TransA: true, B: v, Alpha: 1, Beta: 1, TrapezoidA: true, Upper: true}
	}
	ops = append(ops, pair(small[0], small[1])...)
	ops = append(ops, pair(large[0], large[1])...)
	if f.m1 > 0 && f.m2 > 0 {
		ops = append(ops, gpu.Gemm{C: grad.V, A: f.cross, B: f.narrow(py[0]), Alpha: -1, Beta: 1})
	}
	if !grad.S.IsZero() {
		ops = append(ops, f.sigmaGradient(s, dd, grad.S)...)
	}
	ops = append(ops, pair(inner[0], inner[1])...)
	return append(ops, pair(outer[0], outer[1])...)
}

// sigmaGradient computes the gradient of s; P is lost.
func (f *lowRankForm) sigmaGradient(s *SVD, dd, ds gpu.View) []gpu.Op {
	if f.m1+f.m2 == 0 {
		return []gpu.Op{s.sigmaBackward(ds, dd, gpu.View{}, gpu.View{}, 0)}
	}
	var ops []gpu.Op
	if f.m1 > 0 && f.m2 > 0 {
		ops = append(ops, gpu.Gemm{C: f.narrow(f.sides(f.py)[0]), A: f.k[0].ColRange(f.m1+f.m2, f.m1+2*f.m2), B: s.side[1].u, Alpha: -1, Beta: 1})
	}
	return append(ops, s.sigmaBackward(ds, dd, f.narrow(f.reflectors()), f.narrow(f.py), -1))
}

// together returns the operands of an operation for each side that has reflectors, or for both at once where each of them is followed
// in memory by that of the other side.
func together(u, v []gpu.View) [][]gpu.View {
	both := make([]gpu.View, len(u))
	for i, a := range u {
		b := v[i]
		both[i] = a
		both[i].Rows += b.Rows
		if a.Rows == 0 || b.Rows == 0 || a.Buf != b.Buf || a.Stride != b.Stride || b.Off != a.Off+a.Rows*a.Stride {
			both = nil
			break
		}
	}
	if both != nil {
		return [][]gpu.View{both}
	}
	var out [][]gpu.View
	for _, side := range [][]gpu.View{u, v} {
		if side[0].Rows > 0 {
			out = append(out, side)
		}
	}
	return out
}

// LowRank returns W as diagonal plus low rank, valid after the operations of Materialise. It needs FormLowRank.
func (s *SVD) LowRank() gpu.LowRank {
	if s.form != FormLowRank {
		return gpu.LowRank{}
	}
	return gpu.LowRank{D: s.sigma, L: s.low.l(), R: s.low.r()}
}

// LowRankGradients returns the places for the gradients with respect to D, L and R, which LowRankGradient reads. It needs FormLowRank.
func (s *SVD) LowRankGradients() gpu.LowRank {
	if s.form != FormLowRank {
		return gpu.LowRank{}
	}
	return gpu.LowRank{D: s.dsigma, L: s.low.dl(), R: s.low.dr()}
}

// LowRankGradient returns the operations that turn what stands in LowRankGradients into the gradients of the parameters. They run after
// those of Materialise, with the parameters unchanged in between. grad is as in Gradient.
func (s *SVD) LowRankGradient(grad SVDParams) ([]gpu.Op, error) {
	const op = "svd factor gradient"
	switch {
	case s.form != FormLowRank:
		return nil, shapeError(op, "the weight was made in the %v form; make it with FormLowRank", s.form)
	case s.cfg.ForwardOnly:
		return nil, shapeError(op, "the weight was made with ForwardOnly")
	}
	if err := checkParams(op, s.cfg, grad); err != nil {
		return nil, err
	}
	if s.params.S.IsZero() {
		grad.S = gpu.View{}
	}
	return append(s.low.gradient(s, s.dsigma, grad), s.scaled.restore(s.cfg.stored(grad))...), nil
}
