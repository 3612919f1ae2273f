package gpu

// RNNGradient computes the gradients of a recurrence's weights from δ (T·B × m), each one product over all time steps and samples:
//
//	DW = Σ_t δ_t h_{t−1}ᵀ (m × n),   DWx = Σ_t δ_t x_tᵀ (m × k),   DBias = Σ_t δ_t (1 × m),   DDiag = Σ_t δ_t∘h_{t−1} (1 × n)
//
// H is (T+1)·B × n as in RNNForward, X is T·B × k. A plain recurrence has m = n; one with gates has a row of W, and a column of δ, for
// every unit of every gate (LSTMBackward: m = 4n). DW, DWx with X, DBias and DDiag may be absent. DDiag is the diagonal of DW, for a W
// that is kept as diagonal plus low rank (RNNLowRankForward), where m = n.
type RNNGradient struct {
	DW, DWx, DBias View
	DDiag          View
	Delta, H, X    View
	T, B           int
}

// Name implements Op.
func (o RNNGradient) Name() string { return "rnn_gradient" }

// Previous returns h_0 … h_{T−1}, the first T·B rows of H.
func (o RNNGradient) Previous() View { return o.H.RowRange(0, o.T*o.B) }

// Check implements Op.
func (o RNNGradient) Check() error {
	const op = "rnn_gradient"
	m, n := o.Delta.Cols, o.H.Cols
	if o.DWx.IsZero() != o.X.IsZero() {
		return shapeError(op, "DWx = %v and X = %v go together", o.DWx, o.X)
	}
	if !o.DDiag.IsZero() && m != n {
		return shapeError(op, "DDiag = %v is given, so Delta = %v and H = %v must have the same number of columns", o.DDiag, o.Delta, o.H)
	}
	err := firstError(checkSteps(op, o.T, o.B), o.Delta.check(op, "Delta", o.T*o.B, m), o.H.check(op, "H", (o.T+1)*o.B, n), o.DW.checkOptional(op, "DW", m, n),
		o.DBias.checkOptional(op, "DBias", 1, m), o.DDiag.checkOptional(op, "DDiag", 1, n), o.X.checkOptional(op, "X", o.T*o.B, o.X.Cols), o.DWx.checkOptional(op, "DWx", m, o.X.Cols))
	if err != nil {
		return err
	}
	in := []named{{"Delta", o.Delta}, {"H", o.H}, {"X", o.X}}
	return firstError(disjoint(op, "DW", o.DW, append(in, named{"DWx", o.DWx}, named{"DBias", o.DBias}, named{"DDiag", o.DDiag})...),
		disjoint(op, "DWx", o.DWx, append(in, named{"DBias", o.DBias}, named{"DDiag", o.DDiag})...),
		disjoint(op, "DBias", o.DBias, append(in, named{"DDiag", o.DDiag})...), disjoint(op, "DDiag", o.DDiag, in...))
}

// Access implements Op.
func (o RNNGradient) Access() []Access {
	return accessList{}.reads(o.Delta, o.Previous(), o.X).writes(o.DW, o.DWx, o.DBias, o.DDiag)
}

// Cost implements Op: 2·T·B·m·(n+k+1) flops, less those of DW where it is absent.
func (o RNNGradient) Cost() Cost {
	m, k := int64(o.Delta.Cols), int64(o.X.Cols)
	k += int64(o.DDiag.Rows)
	return Cost{2 * int64(o.T) * int64(o.B) * m * (int64(o.DW.Cols) + k + 1), bytesOf(o.Delta, o.Previous(), o.X, o.DW, o.DWx)}
}
