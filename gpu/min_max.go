package gpu

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
