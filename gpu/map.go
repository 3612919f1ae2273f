package gpu

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
