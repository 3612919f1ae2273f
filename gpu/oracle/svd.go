package oracle

// Diagonal returns the p×q matrix with d (length min(p, q)) on its diagonal.
func Diagonal(d []float64, p, q int) Matrix {
	mustLen("Diagonal", d, min(p, q))
	D := Zeros(p, q)
	for i, v := range d {
		D.Set(i, i, v)
	}
	return D
}

// W returns the dense p×q weight
//
//	W = Q(U) Σ Q(V)ᵀ,
//
// for reflectors U (m₁×p, m₁ ≤ p) and V (m₂×q, m₂ ≤ q) and σ of length
// min(p, q), the diagonal of the p×q matrix Σ (Zhang, Lei & Dhillon 2018,
// theorems 2 and 4). Its singular values are |σ_i|. A row x of a batch X (B×q)
// is mapped to W x: Y = X Wᵀ.
func W(U, V Matrix, sigma []float64) Matrix {
	return Mul(Q(U), Diagonal(sigma, U.Cols, V.Cols), Q(V).T())
}

// WGradient returns the gradients of L = ⟨G, W(U, V, σ)⟩, G p×q, with respect
// to U (m₁×p), V (m₂×q) and σ (length min(p, q)): with Qu = Q(U), Qv = Q(V),
//
//	∂L/∂Qu = G Qv Σᵀ,   ∂L/∂Qv = Gᵀ Qu Σ,   dσ_i = (Quᵀ G Qv)_ii,
//
// and from Qu and Qv on by [QGradient]. The gradient of the parameters s is
// dσ_i times the derivative of the map that gave σ ([SigmaDerivative],
// [SigmaExpDerivative]).
func WGradient(U, V Matrix, sigma []float64, G Matrix) (dU, dV Matrix, dSigma []float64) {
	p, q := U.Cols, V.Cols
	mustShape("WGradient", G, p, q)
	Qu, Qv, D := Q(U), Q(V), Diagonal(sigma, p, q)
	dU = QGradient(U, Mul(G, Qv, D.T()))
	dV = QGradient(V, Mul(G.T(), Qu, D))
	inner := Mul(Qu.T(), G, Qv)
	dSigma = make([]float64, min(p, q))
	for i := range dSigma {
		dSigma[i] = inner.At(i, i)
	}
	return dU, dV, dSigma
}
