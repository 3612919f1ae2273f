package gpu

// MaxReflectorBlock is the most reflectors of a block.
const MaxReflectorBlock = 32

// BlockFactors computes the factors of blocks of reflectors in compact WY form (Schreiber & Van Loan 1989). U (m × n, a reflector a
// row) is cut into K = ⌈m/b⌉ blocks U_k of b reflectors, the last of which may have fewer, and
//
//	A_k = S_k⁻¹,   S_k = ½ diag(U_k U_kᵀ) + striu(U_k U_kᵀ)    (b × b, upper triangular),   H_{kb} … H_{kb+b−1} = I − U_kᵀ A_k U_k
//
// A is K·b × b, the blocks one below the other; b = A.Cols is 4, 8, 16 or 32. Below the diagonals,
// and in the rows and columns of zero reflectors and of those that do not exist, A receives 0. The structural zeros of U must
// hold zeros (NormalizeReflectors, MaskReflectors), and squares of lengths must be fp32 numbers:
// NormalizeReflectors and ScaleReflectors see to both.
type BlockFactors struct{ A, U View }

// Name implements Op.
func (o BlockFactors) Name() string { return "block_factors" }

// Check implements Op.
func (o BlockFactors) Check() error {
	const op = "block_factors"
	if err := checkReflectors(op, o.U, o.U.Cols); err != nil {
		return err
	}
	return firstError(checkFactors(op, o.A, o.U), disjoint(op, "A", o.A, named{"U", o.U}))
}

// Access implements Op.
func (o BlockFactors) Access() []Access { return accessList{}.reads(o.U).writes(o.A) }

// Cost implements Op: b(b+1)n flops for the triangle of a block less its structural zeros, b³/3 for the inverse.
func (o BlockFactors) Cost() Cost {
	b := int64(o.A.Cols)
	var flops int64
	for lo := int64(0); lo < int64(o.U.Rows); lo += b {
		flops += b*(b+1)*(int64(o.U.Cols)-lo) + b*b*b/3
	}
	return Cost{flops, bytesOf(o.U, o.A)}
}

// checkFactors verifies that a holds the factors of u in blocks of a.Cols reflectors.
func checkFactors(op string, a, u View) error {
	b := a.Cols
	if !a.IsZero() && (b < 4 || b > MaxReflectorBlock || b&(b-1) != 0) {
		return shapeError(op, "A = %v is of blocks of %d reflectors; want 4, 8, 16 or %d", a, b, MaxReflectorBlock)
	}
	return a.check(op, "A", FactorRows(u.Rows, max(b, 1)), b)
}

// FactorRows returns the rows of the factors of m reflectors in blocks of b: ⌈m/b⌉·b.
func FactorRows(m, b int) int { return (m + b - 1) / b * b }
