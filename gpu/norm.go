package gpu

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
