package gpu

// ReflectBackward is the gradient of Reflect. From the output Y (B × n) and DY = dL/dY (B × n) it computes DX = dL/dX (B × n)
// and DU = dL/dU (m × n, summed over the batch; structural zeros and rows with u_j = 0 get 0). With h the input and g the output
// gradient of one reflection, a = uᵀh/uᵀu and b = uᵀg/uᵀu:
//
//	du = −2a g − 2b h + 4ab u,   g ← g − 2b u
//
// h is recovered from the output, a reflection being its own inverse. DX may be DY.
type ReflectBackward struct {
	DX, DU, DY, Y, U View
	Transpose        bool
}

// Name implements Op.
func (o ReflectBackward) Name() string { return "reflect_backward" }

// Check implements Op.
func (o ReflectBackward) Check() error {
	const op = "reflect_backward"
	if err := checkReflectors(op, o.U, o.Y.Cols); err != nil {
		return err
	}
	return firstError(o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		o.DU.check(op, "DU", o.U.Rows, o.U.Cols), sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}),
		disjoint(op, "DX", o.DX, named{"Y", o.Y}, named{"U", o.U}, named{"DU", o.DU}),
		disjoint(op, "DU", o.DU, named{"DY", o.DY}, named{"Y", o.Y}, named{"U", o.U}))
}

// Access implements Op.
func (o ReflectBackward) Access() []Access {
	return accessList{}.reads(o.DY, o.Y, o.U).writes(o.DX, o.DU)
}

// Cost implements Op: 14n flops a reflection and sample.
func (o ReflectBackward) Cost() Cost {
	return Cost{14 * int64(o.Y.Len()) * int64(o.U.Rows), bytesOf(o.DX, o.DU, o.DY, o.Y, o.U)}
}
