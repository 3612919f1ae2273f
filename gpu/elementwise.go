package gpu

// Fill sets every element of Y (rows × cols) to Value.
type Fill struct {
	Y     View
	Value float32
}

// Name implements Op.
func (o Fill) Name() string { return "fill" }

// Check implements Op.
func (o Fill) Check() error { return o.Y.checkWindow("fill", "Y") }

// Access implements Op.
func (o Fill) Access() []Access { return accessList{}.writes(o.Y) }

// Cost implements Op.
func (o Fill) Cost() Cost { return Cost{0, bytesOf(o.Y)} }

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

// Func is an elementwise function of Map.
type Func uint32

// The functions of Map.
const (
	Reciprocal Func = 0 // 1/x
	Log        Func = 1 // ln x
	Exp        Func = 2 // eˣ
	Abs        Func = 3 // |x|
	Square     Func = 4 // x²
	Power      Func = 5 // x^P for x ≥ 0; for x < 0 with integer P the signed power
)

// Map computes Y = f(X) elementwise (rows × cols). Y may be X.
type Map struct {
	Y, X View
	F    Func
	P    float32 // exponent of Power
}

// Name implements Op.
func (o Map) Name() string { return "map" }

// Check implements Op.
func (o Map) Check() error {
	if o.F > Power {
		return shapeError("map", "unknown function %d", o.F)
	}
	return firstError(o.X.checkWindow("map", "X"), o.Y.check("map", "Y", o.X.Rows, o.X.Cols), sameOrDisjoint("map", "Y", o.Y, named{"X", o.X}))
}

// Access implements Op.
func (o Map) Access() []Access { return accessList{}.reads(o.X).writes(o.Y) }

// Cost implements Op.
func (o Map) Cost() Cost { return Cost{8 * int64(o.X.Len()), bytesOf(o.X, o.Y)} }
