package gpu

// Activate computes Y = φ(X) elementwise. Y may be X.
type Activate struct {
	Y, X View // rows × cols
	Act  Activation
}

// Name implements Op.
func (o Activate) Name() string { return "activate" }

// Check implements Op.
func (o Activate) Check() error {
	return firstError(o.Act.check("activate", o.X.Cols), o.X.checkWindow("activate", "X"), o.Y.check("activate", "Y", o.X.Rows, o.X.Cols),
		sameOrDisjoint("activate", "Y", o.Y, named{"X", o.X}), disjoint("activate", "Y", o.Y, named{"Act.Unit", o.Act.Unit}))
}

// Access implements Op.
func (o Activate) Access() []Access { return accessList{}.reads(o.X, o.Act.Unit).writes(o.Y) }

// Cost implements Op.
func (o Activate) Cost() Cost { return Cost{int64(o.X.Len()), bytesOf(o.X, o.Y)} }
