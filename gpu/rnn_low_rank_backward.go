package gpu

// RNNLowRankBackward is back-propagation through time for RNNLowRankForward. Running t = T … 1 from δ_{T+1} = 0:
//
//	e_t = L δ_t,   δ_t = φ'(h_t) ∘ ( DH_t + D∘δ_{t+1} + Rᵀ e_{t+1} ),   DH0 = D∘δ_1 + Rᵀ e_1
//
// E (T·B × r, may be absent) receives e_t. With it the gradients of the factors are products over all time steps and samples:
//
//	dL = Σ_t c_t δ_tᵀ (r × n),   dR = Σ_t e_t h_{t−1}ᵀ (r × n),   dD = Σ_t δ_t∘h_{t−1} (1 × n)
//
// with Mask∘h_{t−1} for h_{t−1} where there is a mask. The other operands are those of RNNBackward; the mask multiplies what comes back
// through W.
type RNNLowRankBackward struct {
	Delta, E, D, L, R, H, DH, DH0 View
	DUnit, Mask                   View
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
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op, n), checkLowRank(op, o.D, o.L, o.R), o.E.checkOptional(op, "E", o.T*o.B, r)); err != nil {
		return err
	}
	return firstError(rnnOutput{o.H, o.DH, o.Delta, o.DH0, o.DUnit, o.Mask, o.Act, o.T, o.B}.check(op, n, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"E", o.E}),
		disjoint(op, "E", o.E, named{"D", o.D}, named{"L", o.L}, named{"R", o.R}, named{"H", o.H}, named{"DH", o.DH}, named{"DUnit", o.DUnit}, named{"Mask", o.Mask}, named{"Act.Unit", o.Act.Unit}))
}

// Access implements Op.
func (o RNNLowRankBackward) Access() []Access {
	return accessList{}.reads(o.D, o.L, o.R, o.H.RowRange(o.B, (o.T+1)*o.B), o.DH, o.Mask, o.Act.Unit).writes(o.Delta, o.E, o.DH0, o.DUnit)
}

// Cost implements Op: 2·T·B·n·(2r+1) flops.
func (o RNNLowRankBackward) Cost() Cost {
	n, r := int64(o.D.Cols), int64(o.L.Rows)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (2*r + 1), bytesOf(o.D, o.L, o.R, o.E, o.H, o.DH, o.Delta)}
}
