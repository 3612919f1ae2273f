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
// hold zeros (NormalizeReflectors, MaskReflectors), and squares of lengths must be fp32 numbers: Reflect takes any length.
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

// ReflectBlocks applies a product of Householder reflectors to every row of X, a block at a time, with the factors A of BlockFactors:
//
//	y = Q x  or, with Transpose,  y = Qᵀ x,   Q = Q_0 Q_1 … Q_{K−1},  Q_k = I − U_kᵀ A_k U_k
//
// X and Y are B × n with a sample a row, U is m × n, A is K·b × b; the structural zeros of U must hold zeros. Y may be X. It gives
// what Reflect gives in K dependent steps instead of m, each three products (Mathiasen et al. 2020).
type ReflectBlocks struct {
	Y, X, U, A View
	Transpose  bool
}

// Name implements Op.
func (o ReflectBlocks) Name() string { return "reflect_blocks" }

// Check implements Op.
func (o ReflectBlocks) Check() error {
	const op = "reflect_blocks"
	if err := checkReflectors(op, o.U, o.X.Cols); err != nil {
		return err
	}
	return firstError(checkFactors(op, o.A, o.U), o.X.checkWindow(op, "X"), o.Y.check(op, "Y", o.X.Rows, o.X.Cols),
		sameOrDisjoint(op, "Y", o.Y, named{"X", o.X}), disjoint(op, "Y", o.Y, named{"U", o.U}, named{"A", o.A}))
}

// Access implements Op.
func (o ReflectBlocks) Access() []Access { return accessList{}.reads(o.X, o.U, o.A).writes(o.Y) }

// Cost implements Op.
func (o ReflectBlocks) Cost() Cost {
	return Cost{blockFlops(o.X.Rows, o.U, o.A), bytesOf(o.X, o.Y, o.U, o.A)}
}

// blockFlops returns the flops of taking rows through all blocks: 4n flops a reflector and sample, less the structural zeros that a
// block shares, and b² a block and sample for its factor.
func blockFlops(rows int, u, a View) int64 {
	b, n := int64(a.Cols), int64(u.Cols)
	var flops int64
	for lo := int64(0); lo < int64(u.Rows); lo += b {
		flops += int64(rows) * b * (4*(n-lo) + b)
	}
	return flops
}

// ReflectBlocksBackward is the gradient of ReflectBlocks. From the output Y (B × n) and DY = dL/dY (B × n) it computes DX = dL/dX
// (B × n) and DU = dL/dU (m × n, summed over the batch; structural zeros and rows with u_j = 0 get 0). Both Y and DY go back through
// Q_kᵀ, with coefficients E_Y and E_dY (B × b); with X the input of a block and G the gradient of its output,
//
//	dU_k = E_Yᵀ G − E_dYᵀ X − Sym(E_dYᵀ E_Y) U_k,   Sym(D) = triu(D) + striu(D)ᵀ
//
// with E_Yᵀ E_dY for the argument of Sym with Transpose. DX may be DY.
type ReflectBlocksBackward struct {
	DX, DU, DY, Y, U, A View
	Transpose           bool
}

// Name implements Op.
func (o ReflectBlocksBackward) Name() string { return "reflect_blocks_backward" }

// Check implements Op.
func (o ReflectBlocksBackward) Check() error {
	const op = "reflect_blocks_backward"
	if err := checkReflectors(op, o.U, o.Y.Cols); err != nil {
		return err
	}
	return firstError(checkFactors(op, o.A, o.U), o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		o.DU.check(op, "DU", o.U.Rows, o.U.Cols), sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}),
		disjoint(op, "DX", o.DX, named{"Y", o.Y}, named{"U", o.U}, named{"A", o.A}, named{"DU", o.DU}),
		disjoint(op, "DU", o.DU, named{"DY", o.DY}, named{"Y", o.Y}, named{"U", o.U}, named{"A", o.A}))
}

// Access implements Op.
func (o ReflectBlocksBackward) Access() []Access {
	return accessList{}.reads(o.DY, o.Y, o.U, o.A).writes(o.DX, o.DU)
}

// Cost implements Op: both ways back, and for every block two products over the batch and one over the block.
func (o ReflectBlocksBackward) Cost() Cost {
	b, n, rows := int64(o.A.Cols), int64(o.U.Cols), int64(o.Y.Rows)
	flops := 2 * blockFlops(o.Y.Rows, o.U, o.A)
	for lo := int64(0); lo < int64(o.U.Rows); lo += b {
		flops += (4*rows+2*b)*b*(n-lo) + 2*rows*b*b
	}
	return Cost{flops, bytesOf(o.DX, o.DU, o.DY, o.Y, o.U, o.A)}
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
