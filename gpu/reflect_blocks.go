package gpu

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
