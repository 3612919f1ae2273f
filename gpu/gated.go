package gpu

// gatedInput is what comes into a recurrence with gates from outside.
type gatedInput struct{ z, x, wx, bias View }

// check verifies the operands for so many rows of pre-activations, which are width wide.
func (in gatedInput) check(op string, rows, width int) error {
	if in.z.IsZero() == in.x.IsZero() {
		return shapeError(op, "give either Z or X with Wx: Z = %v, X = %v", in.z, in.x)
	}
	if in.z.IsZero() {
		return firstError(in.x.check(op, "X", rows, in.x.Cols), in.wx.check(op, "Wx", width, in.x.Cols), in.bias.checkOptional(op, "Bias", 1, width))
	}
	if !in.wx.IsZero() || !in.bias.IsZero() {
		return shapeError(op, "Z = %v is given, so Wx = %v and Bias = %v must be absent", in.z, in.wx, in.bias)
	}
	return in.z.check(op, "Z", rows, width)
}
