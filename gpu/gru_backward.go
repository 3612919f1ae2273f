package gpu

// GRUBackward is back-propagation through time for GRUForward. Running t = T … 1 from zero gradients behind the last step:
//
//	dh = DH_t + dh_{t+1}∘z_{t+1} + Mask∘(W_rᵀ δ_r + W_zᵀ δ_z + W_nᵀ δ_m)   (δ of step t+1)
//	δ_n = dh∘(1−z)∘(1−n²),   δ_m = δ_n∘r,   δ_r = δ_n∘m∘r∘(1−r),   δ_z = dh∘(h_{t−1}−n)∘z∘(1−z)
//
// and DH0 = dh_1∘z_1 + Mask∘(Wᵀ δ) of step 1. G and H are as GRUForward left them; DH = dL/dh is the gradient that arrives from outside the
// recurrence: T·B × n, or B × n for the last step alone (zero elsewhere). DZ (T·B × 4n) receives δ_r, δ_z, δ_n and δ_m; it may be exactly
// G, which it then replaces. DH0 (B × n, may be absent) receives dL/dh_0. Mask (B × n, may be absent) is that of GRUForward.
//
// RNNGradient makes the weights' gradients from columns of DZ: those of Wx and Bias from δ_r, δ_z and δ_n, the first 3n; those of the
// first 2n rows of W from δ_r and δ_z; and those of the last n rows and of HiddenBias from δ_m, the last n. Where there is a
// Mask, those of W are made with Masked in the place of H.
type GRUBackward struct {
	DZ      View
	W, G, H View
	DH, DH0 View
	Mask    View
	T, B    int
}

// Name implements Op.
func (o GRUBackward) Name() string { return "gru_backward" }

// Hidden returns n.
func (o GRUBackward) Hidden() int { return o.W.Cols }

// LastOnly tells whether DH is the gradient of the last step alone.
func (o GRUBackward) LastOnly() bool { return o.DH.Rows == o.B && o.T != 1 }

// Check implements Op.
func (o GRUBackward) Check() error {
	const op = "gru_backward"
	n, rows := o.W.Cols, o.T*o.B
	given := rows
	if o.DH.Rows == o.B {
		given = o.B
	}
	err := firstError(checkSteps(op, o.T, o.B), o.W.check(op, "W", gruGates*n, n), o.G.check(op, "G", rows, (gruGates+1)*n), o.H.check(op, "H", rows+o.B, n),
		o.DH.check(op, "DH", given, n), o.DZ.check(op, "DZ", rows, (gruGates+1)*n), o.DH0.checkOptional(op, "DH0", o.B, n),
		o.Mask.checkOptional(op, "Mask", o.B, n))
	if err != nil {
		return err
	}
	in := []named{{"W", o.W}, {"H", o.H}, {"DH", o.DH}, {"Mask", o.Mask}}
	return firstError(disjoint(op, "DZ", o.DZ, append(in, named{"DH0", o.DH0})...), sameOrDisjoint(op, "DZ", o.DZ, named{"G", o.G}),
		disjoint(op, "DH0", o.DH0, append(in, named{"G", o.G})...))
}

// Access implements Op.
func (o GRUBackward) Access() []Access {
	return accessList{}.reads(o.W, o.G, o.H.RowRange(0, o.T*o.B), o.DH, o.Mask).writes(o.DZ, o.DH0)
}

// Cost implements Op: 6·T·B·n² flops.
func (o GRUBackward) Cost() Cost {
	n := int64(o.W.Cols)
	return Cost{2 * gruGates * int64(o.T) * int64(o.B) * n * n, bytesOf(o.W, o.G, o.H, o.DH, o.DZ)}
}
