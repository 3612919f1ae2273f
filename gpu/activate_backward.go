package gpu

// ActivateBackward computes DX = DY ∘ φ'(Y), with Y = φ(X) the output of Activate. DX may be DY.
type ActivateBackward struct {
	DX, DY, Y View // rows × cols
	Act       Activation
}

// Name implements Op.
func (o ActivateBackward) Name() string { return "activate_backward" }

// Check implements Op.
func (o ActivateBackward) Check() error {
	const op = "activate_backward"
	return firstError(o.Act.check(op), o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}), disjoint(op, "DX", o.DX, named{"Y", o.Y}))
}

// Access implements Op.
func (o ActivateBackward) Access() []Access { return accessList{}.reads(o.DY, o.Y).writes(o.DX) }

// Cost implements Op.
func (o ActivateBackward) Cost() Cost { return Cost{2 * int64(o.Y.Len()), bytesOf(o.DX, o.DY, o.Y)} }
