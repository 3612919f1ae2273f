package gpu

// LowRank is a square matrix as diagonal plus low rank, or the gradients with respect to it:
//
//	W = diag(D) + Lᵀ R,   D 1 × n,   L and R r × n
//
// A recurrence multiplies by it in 4rn flops a sample, against 2n² (RNNLowRankForward).
type LowRank struct{ D, L, R View }

// RNNLowRankForward is RNNForward with the recurrent matrix in factors, diagonal plus low rank, which is never formed:
//
//	W = diag(D) + Lᵀ R,   c_t = R h_{t−1},   h_t = φ( D∘h_{t−1} + Lᵀ c_t + z_t ),   t = 1 … T
//
// D is 1 × n, L and R are r × n. A step of a sample takes 4rn flops against 2n². C (T·B × r, time-major) receives c_t, which the
// gradient needs; it may be absent. H, Z, X, Wx, Bias,
// Mask and Masked are those of RNNForward; with a mask, Mask∘h_{t−1} stands in the place of h_{t−1} everywhere.
type RNNLowRankForward struct {
	H, D, L, R   View
	C            View
	Z            View
	X, Wx, Bias  View
	Mask, Masked View
	T, B         int
	Act          Activation
}

// Name implements Op.
func (o RNNLowRankForward) Name() string { return "rnn_low_rank_forward" }

// Hidden returns n.
func (o RNNLowRankForward) Hidden() int { return o.D.Cols }

// Rank returns r.
func (o RNNLowRankForward) Rank() int { return o.L.Rows }

// States returns h_1 … h_T, the last T·B rows of H.
func (o RNNLowRankForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

// MaskedInH tells whether Masked is the first T·B rows of H.
func (o RNNLowRankForward) MaskedInH() bool { return o.input().maskedInH() }

func (o RNNLowRankForward) input() rnnInput {
	return rnnInput{o.H, o.Z, o.X, o.Wx, o.Bias, o.Mask, o.Masked, o.T, o.B}
}

// Check implements Op.
func (o RNNLowRankForward) Check() error {
	const op = "rnn_low_rank_forward"
	n, r := o.D.Cols, o.L.Rows
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op, n), checkLowRank(op, o.D, o.L, o.R), o.H.check(op, "H", (o.T+1)*o.B, n),
		o.C.checkOptional(op, "C", o.T*o.B, r)); err != nil {
		return err
	}
	return firstError(o.input().check(op, n, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"C", o.C}, named{"Act.Unit", o.Act.Unit}), disjoint(op, "H", o.H, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"C", o.C}, named{"Act.Unit", o.Act.Unit}),
		disjoint(op, "C", o.C, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"Z", o.Z}, named{"X", o.X}, named{"Wx", o.Wx}, named{"Bias", o.Bias}, named{"Mask", o.Mask}, named{"Act.Unit", o.Act.Unit}))
}

// checkLowRank verifies the shapes of the factors of a square matrix.
func checkLowRank(op string, d, l, r View) error {
	return firstError(l.checkWindow(op, "L"), d.check(op, "D", 1, d.Cols), l.check(op, "L", l.Rows, d.Cols), r.check(op, "R", l.Rows, d.Cols))
}

// Access implements Op.
func (o RNNLowRankForward) Access() []Access {
	return accessList{}.reads(o.D, o.L, o.R, o.Z, o.X, o.Wx, o.Bias, o.Mask, o.Act.Unit, o.H.RowRange(0, o.B)).writes(o.C).writes(o.input().written()...)
}

// Cost implements Op: 2·T·B·n·(2r+k+1) flops.
func (o RNNLowRankForward) Cost() Cost {
	n, r, k := int64(o.Hidden()), int64(o.Rank()), int64(o.X.Cols)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (2*r + k + 1), bytesOf(o.D, o.L, o.R, o.C, o.Z, o.X, o.Wx, o.H)}
}
