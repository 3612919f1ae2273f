package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// SVDFactors are a square weight as diagonal plus low rank, or gradients with respect to it:
//
//	W = diag(D) + Lᵀ R,   D 1 × n,   L and R (m₁+m₂) × n
//
// A recurrence multiplies by the factors in 4(m₁+m₂)n flops a sample, against 2n² (gpu.RNNLowRankForward).
type SVDFactors struct{ D, L, R gpu.View }

// factorForm keeps a square weight in factors and never forms it. With Zu, Zv, X and Xv of lowRankForm:
//
//	D = σ,   L = [U; −Xv],   R = [−X; V]
//
// Gradient, from dD, dL and dR (of G = dL/dW they are diag G, R Gᵀ and L G):
//
//	S_uᵀ P = U G = dR_top,   S_vᵀ Y = V Gᵀ = dL_bottom     (m × n, by substitution)
//	E = dL_top − P Wᵀ (m₁ × n),   F = dR_bottom + (Xv Uᵀ) P − Y W (m₂ × n)
//
// with P Wᵀ = P diag(D) + (P Rᵀ) L and Y W = Y diag(D) + (Y Lᵀ) R, and then dσ, dU and dV from P, Y, E and F as in lowRankForm. No
// object is larger than (m₁+m₂) × n, and apart from P and Y no product runs over more than that.
type factorForm struct {
	lowRankForm
	l, r   gpu.View    // (m₁+m₂) × n
	dr, dl gpu.View    // (m₁+m₂) × n
	k      [2]gpu.View // P Rᵀ and Y Lᵀ: m₁ × (m₁+m₂), m₂ × (m₁+m₂)
	cross  gpu.View    // Xv Uᵀ, m₂ × m₁
}

func newFactorForm(s *SVD) *factorForm {
	c := s.cfg
	n, m1, m2 := c.Rows, c.ReflectorsU, c.ReflectorsV
	f := &factorForm{}
	s.mem.take(&f.z[0], m1, n)
	s.mem.take(&f.z[1], m2, n)
	s.mem.take(&f.r, m1+m2, n)
	s.mem.take(&f.l, m1+m2, n)
	s.mem.take(&f.xv, m2, n)
	s.mem.take(&f.j, m1, m2)
	if !c.ForwardOnly {
		s.mem.take(&f.pr[0], m1, n)
		s.mem.next(&f.pr[1], m2, n)
		s.mem.take(&f.t[0], m1, m1)
		s.mem.next(&f.t[1], m2, m2)
		s.mem.take(&f.dr, m1+m2, n)
		s.mem.take(&f.dl, m1+m2, n)
		s.mem.take(&f.k[0], m1, m1+m2)
		s.mem.take(&f.k[1], m2, m1+m2)
		s.mem.take(&f.cross, m2, m1)
	}
	return f
}

// halves returns the first m₁ rows of v and the rest.
func (f *factorForm) halves(s *SVD, v gpu.View) (top, bottom gpu.View) {
	m1 := s.cfg.ReflectorsU
	return v.RowRange(0, m1), v.RowRange(m1, v.Rows)
}

// factorise computes the factors. X stands in the place of R's first rows from the beginning.
func (f *factorForm) factorise(s *SVD) []gpu.Op {
	u, v := s.params.U, s.params.V
	lu, lv := f.halves(s, f.l)
	rx, rv := f.halves(s, f.r)
	ops := solveTransposed(s.side, f.z, [2]gpu.View{u, v})
	ops = append(ops, solve(s.side, [2]gpu.View{rx, f.xv}, [2]gpu.View{u, v}, s.sigma)...)
	switch {
	case u.Rows > 0 && v.Rows > 0:
		ops = append(ops, gpu.Gemm{C: f.j, A: rx, B: v, TransB: true, Alpha: 1}, gpu.Gemm{C: rx, A: f.j, B: f.z[1], Alpha: 1, Beta: -1})
	case u.Rows > 0:
		ops = append(ops, gpu.Scale{Y: rx, X: rx, Alpha: -1})
	}
	if u.Rows > 0 {
		ops = append(ops, gpu.Copy{Y: lu, X: u})
	}
	if v.Rows > 0 {
		ops = append(ops, gpu.Scale{Y: lv, X: f.xv, Alpha: -1}, gpu.Copy{Y: rv, X: v})
	}
	return ops
}

func (f *factorForm) gradient(s *SVD, grad SVDParams) []gpu.Op {
	u, v := s.params.U, s.params.V
	dlu, dlv := f.halves(s, f.dl)
	drx, drv := f.halves(s, f.dr)
	ops := solveTransposed(s.side, f.pr, [2]gpu.View{drx, dlv})
	var small, large [2]gpu.Gemm
	if u.Rows > 0 {
		small[0] = gpu.Gemm{C: f.k[0], A: f.pr[0], B: f.r, TransB: true, Alpha: 1}
		large[0] = gpu.Gemm{C: grad.U, A: f.k[0], B: f.l, Alpha: -1, Beta: 1}
		ops = append(ops, gpu.Copy{Y: grad.U, X: dlu})
	}
	if v.Rows > 0 {
		small[1] = gpu.Gemm{C: f.k[1], A: f.pr[1], B: f.l, TransB: true, Alpha: 1}
		large[1] = gpu.Gemm{C: grad.V, A: f.k[1], B: f.r, Alpha: -1, Beta: 1}
		ops = append(ops, gpu.Copy{Y: grad.V, X: drv})
	}
	ops = append(ops, f.lessDiagonal(s, grad)...)
	ops = append(ops, pair(small[0], small[1])...)
	ops = append(ops, pair(large[0], large[1])...)
	if u.Rows > 0 && v.Rows > 0 {
		ops = append(ops, gpu.Gemm{C: f.cross, A: f.xv, B: u, TransB: true, Alpha: 1}, gpu.Gemm{C: grad.V, A: f.cross, B: f.pr[0], Alpha: 1, Beta: 1})
	}
	if !grad.S.IsZero() {
		ops = append(ops, f.sigmaProducts(s)...)
		ops = append(ops, s.sigmaBackward(grad.S))
	}
	return append(ops, f.reflectorGradient(s, grad)...)
}

// lessDiagonal subtracts P diag(D) and Y diag(D).
func (f *factorForm) lessDiagonal(s *SVD, grad SVDParams) []gpu.Op {
	to, from := stackSets([2]gpu.View{grad.U, grad.V}), stackSets(f.pr)
	if len(to) != len(from) { // one side by side in memory, the other not
		to, from = nil, nil
		for i, g := range [2]gpu.View{grad.U, grad.V} {
			if g.Rows > 0 {
				to, from = append(to, sets{g, 1}), append(from, sets{f.pr[i], 1})
			}
		}
	}
	var ops []gpu.Op
	for i := range to {
		ops = append(ops, gpu.Scale{Y: to[i].view, X: from[i].view, Right: s.sigma, Alpha: -1, Beta: 1})
	}
	return ops
}

// Factors returns W as diagonal plus low rank, valid after the operations of Materialise. It needs FormFactors.
func (s *SVD) Factors() SVDFactors {
	if s.factors == nil {
		return SVDFactors{}
	}
	return SVDFactors{D: s.sigma, L: s.factors.l, R: s.factors.r}
}

// FactorGradients returns the places for the gradients with respect to the factors, which FactorGradient reads. It needs FormFactors.
func (s *SVD) FactorGradients() SVDFactors {
	if s.factors == nil {
		return SVDFactors{}
	}
	return SVDFactors{D: s.dsigma, L: s.factors.dl, R: s.factors.dr}
}

// FactorGradient returns the operations that turn what stands in FactorGradients into the gradients of the parameters. They run after
// those of Materialise, with the parameters unchanged in between; FactorGradients().D is overwritten. grad is as in Gradient.
func (s *SVD) FactorGradient(grad SVDParams) ([]gpu.Op, error) {
	const op = "svd factor gradient"
	switch {
	case s.factors == nil:
		return nil, shapeError(op, "the weight was made in the %v form; make it with FormFactors", s.form)
	case s.cfg.ForwardOnly:
		return nil, shapeError(op, "the weight was made with ForwardOnly")
	}
	if err := checkParams(op, s.cfg, grad); err != nil {
		return nil, err
	}
	if s.params.S.IsZero() {
		grad.S = gpu.View{}
	}
	return s.factors.gradient(s, grad), nil
}
