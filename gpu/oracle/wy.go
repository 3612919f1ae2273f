package oracle

// S returns the m×m upper triangular matrix of the m×n reflectors U
//
//	S = ½ diag(U Uᵀ) + striu(U Uᵀ),
//
// with which Q = I − Uᵀ S⁻¹ U (Schreiber & Van Loan 1989; Joffrain et al. 2006).
// S_jj = ½‖u_j‖² is zero exactly where reflector j is zero, and then row j and
// column j are zero too.
func S(U Matrix) Matrix {
	U = Mask(U)
	s := Mul(U, U.T())
	for i := range s.Rows {
		clear(s.Row(i)[:i])
		s.Set(i, i, s.At(i, i)/2)
	}
	return s
}

// InverseS returns the m×m inverse A of an upper triangular S, where an index j
// with S_jj = 0 is left out: row j and column j of A are zero. Column k of A
// solves S a = e_k by back substitution.
func InverseS(S Matrix) Matrix {
	m := S.Rows
	mustShape("InverseS", S, m, m)
	A := Zeros(m, m)
	for k := range m {
		if S.At(k, k) == 0 {
			continue
		}
		for i := k; i >= 0; i-- {
			if S.At(i, i) == 0 {
				continue
			}
			sum := 0.0
			if i == k {
				sum = 1
			}
			for l := i + 1; l <= k; l++ {
				sum -= S.At(i, l) * A.At(l, k)
			}
			A.Set(i, k, sum/S.At(i, i))
		}
	}
	return A
}

// CompactQ returns the dense n×n product of the m×n reflectors in compact WY
// form, Q = I − Uᵀ S⁻¹ U. It equals [Q](U).
func CompactQ(U Matrix) Matrix {
	U = Mask(U)
	return Sub(Identity(U.Cols), Mul(U.T(), InverseS(S(U)), U))
}

// LowRank returns the factors of the diagonal-plus-low-rank form of the square
// weight W = Q(U) diag(σ) Q(V)ᵀ, for U m₁×n, V m₂×n and σ of length n:
//
//	W = diag(σ) − Uᵀ X − Yᵀ V,  X = A U Σ (m₁×n),  Y = B (V Σ − (V Xᵀ) U) (m₂×n),
//
// with A = S(U)⁻¹ and B = S(V)⁻¹.
func LowRank(U, V Matrix, sigma []float64) (X, Y Matrix) {
	U, V = Mask(U), Mask(V)
	D := Diagonal(sigma, U.Cols, V.Cols)
	X = Mul(InverseS(S(U)), U, D)
	C := Sub(Mul(V, D), Mul(V, X.T(), U))
	return X, Mul(InverseS(S(V)), C)
}
