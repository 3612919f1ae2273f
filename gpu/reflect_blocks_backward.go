package gpu

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
