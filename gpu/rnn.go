package gpu

import "math"

// rnnInput is what comes into a recurrence from outside, and the states that it goes to.
type rnnInput struct {
	h, z, x, wx, bias View
	mask, masked      View
	steps, samples    int
}

// check verifies the operands, h being of the right shape, beside others that are read.
func (in rnnInput) check(op string, n int, others ...named) error {
	rows := in.steps * in.samples
	if err := firstError(checkMask(op, in.mask, in.masked, in.steps, in.samples, n), disjoint(op, "H", in.h, named{"Mask", in.mask})); err != nil {
		return err
	}
	if !in.maskedInH() { // what H may share memory with, its first rows may, too
		read := append(others, named{"Z", in.z}, named{"X", in.x}, named{"Wx", in.wx}, named{"Bias", in.bias}, named{"Mask", in.mask}, named{"H", in.h})
		if err := disjoint(op, "Masked", in.masked, read...); err != nil {
			return err
		}
	}
	if in.z.IsZero() == in.x.IsZero() {
		return shapeError(op, "give either Z or X with Wx and Bias: Z = %v, X = %v", in.z, in.x)
	}
	if in.z.IsZero() {
		return firstError(in.x.check(op, "X", rows, in.x.Cols), in.wx.check(op, "Wx", n, in.x.Cols), in.bias.checkOptional(op, "Bias", 1, n),
			disjoint(op, "H", in.h, named{"X", in.x}, named{"Wx", in.wx}, named{"Bias", in.bias}))
	}
	if !in.wx.IsZero() || !in.bias.IsZero() {
		return shapeError(op, "Z = %v is given, so Wx = %v and Bias = %v must be absent", in.z, in.wx, in.bias)
	}
	return firstError(in.z.check(op, "Z", rows, n), sameOrDisjoint(op, "H[1:]", in.h.RowRange(in.samples, rows+in.samples), named{"Z", in.z}),
		disjoint(op, "Z", in.z, named{"h0", in.h.RowRange(0, in.samples)}))
}

// maskedInH tells whether Masked is the first T·B rows of H.
func (in rnnInput) maskedInH() bool {
	return !in.masked.IsZero() && in.masked.Same(in.h.RowRange(0, in.steps*in.samples))
}

// written returns what of H and Masked is written.
func (in rnnInput) written() []View {
	if in.maskedInH() {
		return []View{in.h}
	}
	return []View{in.h.RowRange(in.samples, (in.steps+1)*in.samples), in.masked}
}

// checkMask verifies the mask of the states of a recurrence, and what becomes of them; both may be absent.
func checkMask(op string, mask, masked View, steps, samples, n int) error {
	if mask.IsZero() && !masked.IsZero() {
		return shapeError(op, "Masked = %v goes with Mask", masked)
	}
	return firstError(mask.checkOptional(op, "Mask", samples, n), masked.checkOptional(op, "Masked", steps*samples, n))
}

// checkSteps verifies the number of steps and samples of a recurrence, of which (T+1)·B rows are counted.
func checkSteps(op string, t, b int) error {
	if t < 0 || b < 0 || b > 0 && t >= math.MaxInt/b {
		return shapeError(op, "T = %d, B = %d", t, b)
	}
	return nil
}

// rnnOutput is what back-propagation through time goes over: the states and the gradients of them.
type rnnOutput struct {
	h, dh, delta, dh0, dunit View
	mask                     View
	act                      Activation
	steps, samples           int
}

// check verifies the operands, which must not share memory with the others either.
func (out rnnOutput) check(op string, n int, others ...named) error {
	rows := out.steps * out.samples
	given := rows
	if out.dh.Rows == out.samples {
		given = out.samples
	}
	in := append(others, named{"H", out.h}, named{"Act.Unit", out.act.Unit}, named{"Mask", out.mask})
	return firstError(out.h.check(op, "H", rows+out.samples, n), out.delta.check(op, "Delta", rows, n), out.dh.check(op, "DH", given, n),
		out.dh0.checkOptional(op, "DH0", out.samples, n), out.mask.checkOptional(op, "Mask", out.samples, n), out.act.checkGradient(op, out.dunit, out.samples, n), sameOrDisjoint(op, "Delta", out.delta, named{"DH", out.dh}),
		disjoint(op, "Delta", out.delta, append(in, named{"DH0", out.dh0}, named{"DUnit", out.dunit})...),
		disjoint(op, "DH0", out.dh0, append(in, named{"DH", out.dh}, named{"DUnit", out.dunit})...), disjoint(op, "DUnit", out.dunit, append(in, named{"DH", out.dh})...))
}
