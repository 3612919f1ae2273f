package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// thinForm computes a weight of any shape, p × q with k = min(p, q), as diagonal plus low rank, without a dense Q. A square one is done
// in fewer flops and operations by lowRankForm.
//
// Materialise, with A = S(U)⁻¹, B = S(V)⁻¹ (by substitution), U_k and V_k the first k columns and Σ_k = diag σ:
//
//	Zu = Aᵀ U (m₁ × p),  Zv = Bᵀ V (m₂ × q),   Xu = A U_k Σ_k (m₁ × k),  Xv = B V_k Σ_k (m₂ × k)
//	X = [Xu 0] − (Xu V_kᵀ) Zv (m₁ × q),        W = Σ − Uᵀ X − [Xv 0]ᵀ V
//
// Gradient, from G = dL/dW: with X = −Zu W, and Y = −Zv Wᵀ (m₂ × p),
//
//	P = Zu G (m₁ × q),  R = Zv Gᵀ (m₂ × p),   dσ = diag G − Σ_rows U_k ∘ (P − (P Zvᵀ) V)_k − Σ_rows V_k ∘ R_k
//	E = −X Gᵀ − P Wᵀ (m₁ × p),   T = E Zuᵀ (m₁ × m₁, skew),   dU = E + striu(T)ᵀ U
//
// and dV likewise from −Y G − R W. It rests on dL/dQ(U) Q(U)ᵀ = G Wᵀ: the skew part of G Wᵀ is all that the reflectors of U feel.
//
// Where the sides are padded to one length (SVDConfig.Padded), Z, P and R are too, and an operation on both sides is one. Nothing is written
// behind the gradients of the shorter side: a number there that is not finite would stay, as no step would write it anew.
type thinForm struct {
	z  [2]gpu.View // m₁ × p, m₂ × q, both stored as the sides are
	xu gpu.View    // m₁ × k
	x  gpu.View    // m₁ × q; the same memory as xu where q = k
	xv gpu.View    // m₂ × k
	j  gpu.View    // m₁ × m₂
	y  gpu.View    // m₂ × p
	pr [2]gpu.View // P (m₁ × q) and R (m₂ × p)
	t  [2]gpu.View // m₁ × m₁, m₂ × m₂
}

func newThinForm(s *SVD) *thinForm {
	c := s.cfg
	p, q, k, m1, m2 := c.Rows, c.Cols, c.Rank(), c.ReflectorsU, c.ReflectorsV
	f := &thinForm{}
	// sides reserves m₁ and m₂ rows of so many columns: as those of one matrix where the sides are padded.
	sides := func(first, second int) [2]gpu.View {
		if c.Padded {
			long := max(p, q)
			return [2]gpu.View{s.unit.Reserve(m1, long).ColRange(0, first), s.unit.Follow(m2, long).ColRange(0, second)}
		}
		return [2]gpu.View{s.unit.Reserve(m1, first), s.unit.Reserve(m2, second)}
	}
	f.z = sides(p, q)
	f.xu = s.unit.Reserve(m1, k)
	f.xv = s.unit.Reserve(m2, k)
	if q > k {
		f.x = s.unit.Reserve(m1, q)
	}
	f.j = s.unit.Reserve(m1, m2)
	if !c.ForwardOnly {
		f.y = s.unit.Reserve(m2, p)
		f.pr = sides(q, p)
		f.t[0] = s.unit.Reserve(m1, m1)
		f.t[1] = s.unit.Follow(m2, m2)
	}
	return f
}

// wide returns X as it stands after materialise.
func (f *thinForm) wide() gpu.View {
	if f.x.IsZero() {
		return f.xu
	}
	return f.x
}

func (f *thinForm) materialise(s *SVD) []gpu.Op {
	u, v, k := s.side[0], s.side[1], s.cfg.Rank()
	m1, m2 := s.cfg.ReflectorsU, s.cfg.ReflectorsV
	ops := solveTransposed(s.side, f.stored(s), [2]gpu.View{u.stored, v.stored})
	ops = append(ops, f.scaled(s)...)
	ops = append(ops, f.materialiseX(s)...)
	var products []gpu.Gemm
	if m1 > 0 {
		products = append(products, gpu.Gemm{C: s.w, A: u.u, TransA: true, B: f.wide(), Alpha: -1})
	} else {
		ops = append(ops, gpu.Fill{Y: s.w})
	}
	if m2 > 0 {
		products = append(products, gpu.Gemm{C: s.w.RowRange(0, k), A: f.xv, TransA: true, B: v.u, Alpha: -1, Beta: 1})
	}
	if len(products) == 0 {
		return append(ops, addDiagonal(s.w, s.sigma))
	}
	products[len(products)-1].Diag = s.sigma
	for _, p := range products {
		ops = append(ops, p)
	}
	return ops
}

// stored returns Z with what is padded.
func (f *thinForm) stored(s *SVD) [2]gpu.View {
	z := f.z
	for i := range z {
		z[i].Cols = s.side[i].stored.Cols
	}
	return z
}

// scaled computes Xu and Xv.
func (f *thinForm) scaled(s *SVD) []gpu.Op {
	x, r := [2]gpu.View{f.xu, f.xv}, [2]gpu.View{}
	for i, d := range s.side {
		if d.u.Rows > 0 {
			r[i] = d.u.ColRange(0, x[i].Cols)
		}
	}
	return solve(s.side, x, r, s.sigma)
}

// materialiseX turns Xu into X = [Xu 0] − (Xu V_kᵀ) Zv.
func (f *thinForm) materialiseX(s *SVD) []gpu.Op {
	k, m1, m2 := s.cfg.Rank(), s.cfg.ReflectorsU, s.cfg.ReflectorsV
	if m1 == 0 {
		return nil
	}
	wide := !f.x.IsZero()
	if m2 == 0 {
		if wide { // columns k … q−1 of x are 0 from the beginning
			return []gpu.Op{gpu.Copy{Y: f.x.ColRange(0, k), X: f.xu}}
		}
		return nil
	}
	ops := []gpu.Op{gpu.Gemm{C: f.j, A: f.xu, B: s.side[1].u.ColRange(0, k), TransB: true, Alpha: 1}}
	if wide {
		return append(ops, gpu.Gemm{C: f.x, A: f.j, B: f.z[1], Alpha: -1},
			gpu.Scale{Y: f.x.ColRange(0, k), X: f.xu, Alpha: 1, Beta: 1})
	}
	return append(ops, gpu.Gemm{C: f.xu, A: f.j, B: f.z[1], Alpha: -1, Beta: 1})
}

func (f *thinForm) gradient(s *SVD, dw gpu.View, grad SVDParams) []gpu.Op {
	m1, m2 := s.cfg.ReflectorsU, s.cfg.ReflectorsV
	var ops []gpu.Op
	if m2 > 0 {
		ops = append(ops, gpu.Gemm{C: f.y, A: f.z[1], B: s.w, TransB: true, Alpha: -1},
			gpu.Gemm{C: f.pr[1], A: f.z[1], B: dw, TransB: true, Alpha: 1})
	}
	if m1 > 0 {
		ops = append(ops, gpu.Gemm{C: f.pr[0], A: f.z[0], B: dw, Alpha: 1},
			gpu.Gemm{C: grad.U, A: f.wide(), B: dw, TransB: true, Alpha: -1})
	}
	if m2 > 0 {
		ops = append(ops, gpu.Gemm{C: grad.V, A: f.y, B: dw, Alpha: -1},
			gpu.Gemm{C: grad.V, A: f.pr[1], B: s.w, Alpha: -1, Beta: 1})
	}
	if m1 > 0 {
		ops = append(ops, gpu.Gemm{C: grad.U, A: f.pr[0], B: s.w, TransB: true, Alpha: -1, Beta: 1})
	}
	if !grad.S.IsZero() {
		ops = append(ops, f.sigmaGradient(s, dw, grad.S)...)
	}
	return append(ops, f.reflectorGradient(s, grad)...)
}

// sigmaGradient computes the gradient of s; P is lost.
func (f *thinForm) sigmaGradient(s *SVD, dw, ds gpu.View) []gpu.Op {
	k, m1, m2 := s.cfg.Rank(), s.cfg.ReflectorsU, s.cfg.ReflectorsV
	dsigma, u, p := diagonal(dw), gpu.View{}, gpu.View{}
	var ops []gpu.Op
	if m1 > 0 && m2 > 0 {
		ops = append(ops, gpu.Gemm{C: f.j, A: f.pr[0], B: f.z[1], TransB: true, Alpha: 1},
			gpu.Gemm{C: f.pr[0], A: f.j, B: s.side[1].u, Alpha: -1, Beta: 1})
	}
	var first, second []gpu.View // the operands of the sums over both sides
	for i := range 2 {
		a, b := s.side[i].u, f.pr[i]
		a.Cols, b.Cols = k, k
		first, second = append(first, a), append(second, b)
	}
	list := together([]gpu.View{first[0], second[0]}, []gpu.View{first[1], second[1]})
	for i, e := range list {
		if u, p = e[0], e[1]; i < len(list)-1 {
			ops = append(ops, gpu.Copy{Y: column(s.dsigma), X: dsigma}, gpu.ColDot{Out: s.dsigma, A: u, B: p, Alpha: -1, Beta: 1})
			dsigma = s.dsigma
		}
	}
	return append(ops, s.sigmaBackward(ds, dsigma, u, p, -1))
}

// reflectorGradient turns E, which stands in the place of the gradient, into E + striu(E Zᵀ)ᵀ U, with its zeros written.
func (f *thinForm) reflectorGradient(s *SVD, grad SVDParams) []gpu.Op {
	var inner, outer [2]gpu.Gemm
	stored, z := s.cfg.stored(grad), f.stored(s)
	for i, du := range [2]gpu.View{grad.U, grad.V} {
		if f.t[i].Rows == 0 {
			continue
		}
		inner[i] = gpu.Gemm{C: f.t[i], A: stored[i], B: z[i], TransB: true, Alpha: 1, Upper: true}
		outer[i] = gpu.Gemm{C: du, A: f.t[i], TransA: true, B: s.side[i].u, Alpha: 1, Beta: 1, TrapezoidA: true, Upper: true}
	}
	return append(pair(inner[0], inner[1]), pair(outer[0], outer[1])...)
}
