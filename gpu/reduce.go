package gpu

// ColDot computes the column sums of A ∘ B (R × C each), or of A where B is absent:
//
//	Out_j = α Σ_i A_ij B_ij + β Out_j     (1 × C)
//
// in a fixed order. With β = 0, Out is not read.
type ColDot struct {
	Out, A, B   View
	Alpha, Beta float32
}

// Name implements Op.
func (o ColDot) Name() string { return "col_dot" }

// Check implements Op.
func (o ColDot) Check() error {
	const op = "col_dot"
	return firstError(o.A.checkWindow(op, "A"), o.B.checkOptional(op, "B", o.A.Rows, o.A.Cols), o.Out.check(op, "Out", 1, o.A.Cols),
		disjoint(op, "Out", o.Out, named{"A", o.A}, named{"B", o.B}))
}

// Access implements Op.
func (o ColDot) Access() []Access {
	l := accessList{}.reads(o.A, o.B)
	if o.Beta != 0 {
		l = l.reads(o.Out)
	}
	return l.writes(o.Out)
}

// Cost implements Op.
func (o ColDot) Cost() Cost { return Cost{2 * int64(o.A.Len()), bytesOf(o.A, o.B, o.Out)} }

// Norm computes the Euclidean (Frobenius) norm of X (rows × cols): Out = ( ‖X‖, 1 if every element is finite else 0 ), 1 × 2, in a
// fixed order of sums.
type Norm struct{ Out, X View }

// Name implements Op.
func (o Norm) Name() string { return "norm" }

// Check implements Op.
func (o Norm) Check() error {
	return firstError(o.X.checkWindow("norm", "X"), o.Out.check("norm", "Out", 1, 2), disjoint("norm", "Out", o.Out, named{"X", o.X}))
}

// Access implements Op.
func (o Norm) Access() []Access { return accessList{}.reads(o.X).writes(o.Out) }

// Cost implements Op.
func (o Norm) Cost() Cost { return Cost{2 * int64(o.X.Len()), bytesOf(o.X)} }

// MinMax computes Out = (min X, max X), 1 × 2, over all elements of X (at least one). NaN anywhere gives NaN.
type MinMax struct{ Out, X View }

// Name implements Op.
func (o MinMax) Name() string { return "min_max" }

// Check implements Op.
func (o MinMax) Check() error {
	if o.X.Len() == 0 && !o.X.IsZero() {
		return shapeError("min_max", "X = %v is empty", o.X)
	}
	return firstError(o.X.checkWindow("min_max", "X"), o.Out.check("min_max", "Out", 1, 2), disjoint("min_max", "Out", o.Out, named{"X", o.X}))
}

// Access implements Op.
func (o MinMax) Access() []Access { return accessList{}.reads(o.X).writes(o.Out) }

// Cost implements Op.
func (o MinMax) Cost() Cost { return Cost{2 * int64(o.X.Len()), bytesOf(o.X)} }
