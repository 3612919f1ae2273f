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
