package gpu

// Copy copies the words of X to Y (rows × cols each), or with Transpose the cols × rows matrix X transposed. They must not overlap.
type Copy struct {
	Y, X      View
	Transpose bool
}

// Name implements Op.
func (o Copy) Name() string { return "copy" }

// Check implements Op.
func (o Copy) Check() error {
	r, c := o.X.Rows, o.X.Cols
	if o.Transpose {
		r, c = c, r
	}
	return firstError(o.X.checkWindow("copy", "X"), o.Y.check("copy", "Y", r, c), disjoint("copy", "Y", o.Y, named{"X", o.X}))
}

// Access implements Op.
func (o Copy) Access() []Access { return accessList{}.reads(o.X).writes(o.Y) }

// Cost implements Op.
func (o Copy) Cost() Cost { return Cost{0, bytesOf(o.X, o.Y)} }
