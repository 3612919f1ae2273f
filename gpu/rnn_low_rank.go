package gpu

// RNNLowRankForward is RNNForward with the recurrent matrix in factors, diagonal plus low rank, which is never formed:
//
//	W = diag(D) + Lᵀ R,   c_t = R h_{t−1},   h_t = φ( D∘h_{t−1} + Lᵀ c_t + z_t ),   t = 1 … T
//
// D is 1 × n, L and R are r × n. A step of a sample takes 4rn flops against 2n². C (T·B × r, time-major) receives c_t, which the
// gradient needs; it may be absent. H, Z, X, Wx and Bias are those of RNNForward.
type RNNLowRankForward struct {
	H, D, L, R  View
	C           View
	Z           View
	X, Wx, Bias View
	T, B        int
	Act         Activation
}

// Name implements Op.
func (o RNNLowRankForward) Name() string { return "rnn_low_rank_forward" }

// Hidden returns n.
func (o RNNLowRankForward) Hidden() int { return o.D.Cols }

// Rank returns r.
func (o RNNLowRankForward) Rank() int { return o.L.Rows }

// States returns h_1 … h_T, the last T·B rows of H.
func (o RNNLowRankForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

func (o RNNLowRankForward) input() rnnInput { return rnnInput{o.H, o.Z, o.X, o.Wx, o.Bias, o.T, o.B} }

// Check implements Op.
func (o RNNLowRankForward) Check() error {
	const op = "rnn_low_rank_forward"
	n, r := o.D.Cols, o.L.Rows
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op), checkLowRank(op, o.D, o.L, o.R), o.H.check(op, "H", (o.T+1)*o.B, n),
		o.C.checkOptional(op, "C", o.T*o.B, r)); err != nil {
		return err
	}
	return firstError(o.input().check(op, n), disjoint(op, "H", o.H, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"C", o.C}),
		disjoint(op, "C", o.C, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"Z", o.Z}, named{"X", o.X}, named{"Wx", o.Wx}, named{"Bias", o.Bias}))
}

// checkLowRank verifies the shapes of the factors of a square matrix.
func checkLowRank(op string, d, l, r View) error {
	return firstError(l.checkWindow(op, "L"), d.check(op, "D", 1, d.Cols), l.check(op, "L", l.Rows, d.Cols), r.check(op, "R", l.Rows, d.Cols))
}

// Access implements Op.
func (o RNNLowRankForward) Access() []Access {
	return accessList{}.reads(o.D, o.L, o.R, o.Z, o.X, o.Wx, o.Bias, o.H.RowRange(0, o.B)).writes(o.States(), o.C)
}

// Cost implements Op: 2·T·B·n·(2r+k+1) flops.
func (o RNNLowRankForward) Cost() Cost {
	n, r, k := int64(o.Hidden()), int64(o.Rank()), int64(o.X.Cols)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (2*r + k + 1), bytesOf(o.D, o.L, o.R, o.C, o.Z, o.X, o.Wx, o.H)}
}

// RNNLowRankBackward is back-propagation through time for RNNLowRankForward. Running t = T … 1 from δ_{T+1} = 0:
//
//	e_t = L δ_t,   δ_t = φ'(h_t) ∘ ( DH_t + D∘δ_{t+1} + Rᵀ e_{t+1} ),   DH0 = D∘δ_1 + Rᵀ e_1
//
// E (T·B × r, may be absent) receives e_t. With it the gradients of the factors are products over all time steps and samples:
//
//	dL = Σ_t c_t δ_tᵀ (r × n),   dR = Σ_t e_t h_{t−1}ᵀ (r × n),   dD = Σ_t δ_t∘h_{t−1} (1 × n)
//
// The other operands are those of RNNBackward.
type RNNLowRankBackward struct {
	Delta, E, D, L, R, H, DH, DH0 View
	T, B                          int
	Act                           Activation
}

// Name implements Op.
func (o RNNLowRankBackward) Name() string { return "rnn_low_rank_backward" }

// LastOnly tells whether DH is the gradient of the last step alone.
func (o RNNLowRankBackward) LastOnly() bool { return o.DH.Rows == o.B && o.T != 1 }

// Check implements Op.
func (o RNNLowRankBackward) Check() error {
	const op = "rnn_low_rank_backward"
	n, r := o.D.Cols, o.L.Rows
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op), checkLowRank(op, o.D, o.L, o.R), o.E.checkOptional(op, "E", o.T*o.B, r)); err != nil {
		return err
	}
	return firstError(rnnOutput{o.H, o.DH, o.Delta, o.DH0, o.T, o.B}.check(op, n, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"E", o.E}),
		disjoint(op, "E", o.E, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"H", o.H}, named{"DH", o.DH}))
}

// Access implements Op.
func (o RNNLowRankBackward) Access() []Access {
	return accessList{}.reads(o.D, o.L, o.R, o.H.RowRange(o.B, (o.T+1)*o.B), o.DH).writes(o.Delta, o.E, o.DH0)
}

// Cost implements Op: 2·T·B·n·(2r+1) flops.
func (o RNNLowRankBackward) Cost() Cost {
	n, r := int64(o.D.Cols), int64(o.L.Rows)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (2*r + 1), bytesOf(o.D, o.L, o.R, o.E, o.H, o.DH, o.Delta)}
}
