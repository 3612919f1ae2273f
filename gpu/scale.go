package gpu

// Scale computes the diagonal scaling and sum
//
//	Y = α · diag(Left) · X · diag(Right) + β · Z + γ · I     (rows × cols)
//
// Left is 1 × rows, Right is 1 × cols, either may be absent (ones); X may be absent (zeros); Z is Y where it is absent; γ is added on the
// main diagonal. With β = 0, neither Z nor Y is read. Y may be X or Z.
type Scale struct {
	Y, X, Left, Right  View
	Z                  View
	Alpha, Beta, Gamma float32
}

// Name implements Op.
func (o Scale) Name() string { return "scale" }

// Check implements Op.
func (o Scale) Check() error {
	const op = "scale"
	r, c := o.Y.Rows, o.Y.Cols
	return firstError(o.Y.checkWindow(op, "Y"), o.X.checkOptional(op, "X", r, c), o.Left.checkOptional(op, "Left", 1, r), o.Right.checkOptional(op, "Right", 1, c),
		o.Z.checkOptional(op, "Z", r, c), sameOrDisjoint(op, "Y", o.Y, named{"X", o.X}, named{"Z", o.Z}), disjoint(op, "Y", o.Y, named{"Left", o.Left}, named{"Right", o.Right}))
}

// Access implements Op.
func (o Scale) Access() []Access {
	l := accessList{}.reads(o.X, o.Left, o.Right)
	if o.Beta != 0 {
		l = l.reads(o.Summand())
	}
	return l.writes(o.Y)
}

// Summand returns what β multiplies, Z or Y.
func (o Scale) Summand() View {
	if o.Z.IsZero() {
		return o.Y
	}
	return o.Z
}

// Cost implements Op.
func (o Scale) Cost() Cost { return Cost{4 * int64(o.Y.Len()), bytesOf(o.X, o.Z, o.Y)} }
