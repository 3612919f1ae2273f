package gpu

// SigmaMap is how the free parameters s become singular values.
type SigmaMap uint32

const (
	// SigmaBand is σ = σ* + 2r(sigmoid(s) − ½), in (σ*−r, σ*+r) (Zhang, Lei & Dhillon 2018, section 3.2).
	SigmaBand SigmaMap = 0
	// SigmaPositive is σ = σ*·exp(s), positive and unbounded.
	SigmaPositive SigmaMap = 1
)

// Sigma computes singular values σ (1 × n) from the free parameters S (1 × n), elementwise, by Map with Center = σ* and
// Radius = r. Out is clamped to [σ*−r, σ*+r] in SigmaBand, so that rounding never leaves the band.
type Sigma struct {
	Out, S         View
	Center, Radius float32
	Map            SigmaMap
}

// Name implements Op.
func (o Sigma) Name() string { return "sigma" }

// Check implements Op.
func (o Sigma) Check() error {
	const op = "sigma"
	if o.Map > SigmaPositive || !(o.Radius >= 0) {
		return shapeError(op, "map %d with centre %g and radius %g", o.Map, o.Center, o.Radius)
	}
	return firstError(o.S.check(op, "S", 1, o.S.Cols), o.Out.check(op, "Out", 1, o.S.Cols), sameOrDisjoint(op, "Out", o.Out, named{"S", o.S}))
}

// Access implements Op.
func (o Sigma) Access() []Access { return accessList{}.reads(o.S).writes(o.Out) }

// Cost implements Op.
func (o Sigma) Cost() Cost { return Cost{8 * int64(o.S.Len()), bytesOf(o.S, o.Out)} }
