package gpu

// ActivateBackward computes DX = DY ∘ φ'(Y), with Y = φ(X) the output of Activate. DX may be DY. DUnit may be present where the
// activation has a parameter for each unit: it receives DY ∘ ∂φ/∂Unit, whose column sums are the gradient of the parameters.
type ActivateBackward struct {
	DX, DY, Y, DUnit View // rows × cols
	Act              Activation
}

// Name implements Op.
func (o ActivateBackward) Name() string { return "activate_backward" }

// Check implements Op.
func (o ActivateBackward) Check() error {
	const op = "activate_backward"
	return firstError(o.Act.check(op, o.Y.Cols), o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		o.Act.checkGradient(op, o.DUnit, o.Y.Rows, o.Y.Cols), sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}),
		disjoint(op, "DX", o.DX, named{"Y", o.Y}, named{"DUnit", o.DUnit}, named{"Act.Unit", o.Act.Unit}),
		disjoint(op, "DUnit", o.DUnit, named{"Y", o.Y}, named{"DY", o.DY}, named{"Act.Unit", o.Act.Unit}))
}

// Access implements Op.
func (o ActivateBackward) Access() []Access {
	return accessList{}.reads(o.DY, o.Y, o.Act.Unit).writes(o.DX, o.DUnit)
}

// Cost implements Op.
func (o ActivateBackward) Cost() Cost {
	return Cost{2 * int64(o.Y.Len()), bytesOf(o.DX, o.DY, o.Y, o.DUnit)}
}
