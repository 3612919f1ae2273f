package gpu

// Hadamard multiplies element by element, with a factor whose rows repeat:
//
//	Y_i = α · A_i ∘ B_{i mod P} + β · Y_i     (Y and A are R × n, B is P × n, R a multiple of P)
//
// For sequences, time-major, P is the number of samples and B is the same at all time steps: a mask, or with A absent (ones) a gradient
// that is spread over time. With β = 0, Y is not read. Y may be A.
type Hadamard struct {
	Y, A, B     View
	Alpha, Beta float32
}

// Name implements Op.
func (o Hadamard) Name() string { return "hadamard" }

// Check implements Op.
func (o Hadamard) Check() error {
	const op = "hadamard"
	if err := firstError(o.Y.checkWindow(op, "Y"), o.B.check(op, "B", o.B.Rows, o.Y.Cols)); err != nil {
		return err
	}
	if o.B.Rows == 0 && o.Y.Rows > 0 || o.B.Rows > 0 && o.Y.Rows%o.B.Rows != 0 {
		return shapeError(op, "Y = %v does not have a multiple of the rows of B = %v", o.Y, o.B)
	}
	return firstError(o.A.checkOptional(op, "A", o.Y.Rows, o.Y.Cols), sameOrDisjoint(op, "Y", o.Y, named{"A", o.A}), disjoint(op, "Y", o.Y, named{"B", o.B}))
}

// Access implements Op.
func (o Hadamard) Access() []Access {
	l := accessList{}.reads(o.A, o.B)
	if o.Beta != 0 {
		l = l.reads(o.Y)
	}
	return l.writes(o.Y)
}

// Cost implements Op.
func (o Hadamard) Cost() Cost { return Cost{3 * int64(o.Y.Len()), bytesOf(o.A, o.B, o.Y)} }
