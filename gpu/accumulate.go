package gpu

// Accumulate adds the product of two numbers to every element of X (1 × n), Rounds times, by one multiply-add after the other:
//
//	Y_i = X_i + Σ_{Rounds} A·B
//
// It computes nothing that anybody needs. It keeps a device's multipliers and adders busy and touches memory twice, and so tells what they can
// do at most. Y may be X. The rows are contiguous.
type Accumulate struct {
	Y, X   View
	A, B   float32
	Rounds int // 0 or more
}

// Name implements Op.
func (o Accumulate) Name() string { return "accumulate" }

// Check implements Op.
func (o Accumulate) Check() error {
	const op = "accumulate"
	if o.Rounds < 0 || int64(o.Rounds) > 1<<31-1 {
		return shapeError(op, "%d rounds; want 0 … 2³¹−1", o.Rounds)
	}
	return firstError(o.X.check(op, "X", 1, o.X.Cols), o.Y.check(op, "Y", 1, o.X.Cols), sameOrDisjoint(op, "Y", o.Y, named{"X", o.X}))
}

// Access implements Op.
func (o Accumulate) Access() []Access { return accessList{}.reads(o.X).writes(o.Y) }

// Cost implements Op: 2 flops a round and element.
func (o Accumulate) Cost() Cost {
	return Cost{2 * int64(o.Rounds) * int64(o.X.Len()), bytesOf(o.X, o.Y)}
}
