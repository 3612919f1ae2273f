package gpu

// MaskReflectors writes zeros to the structural zeros of U (m × n): the first j entries of row j. With Sets = k ≥ 1 (0 means 1), U is
// k·m × n: k sets of m reflectors, one below the other.
type MaskReflectors struct {
	U    View
	Sets int
}

// PerSet returns m, the reflectors of one set.
func (o MaskReflectors) PerSet() int { return perSet(o.U, o.Sets) }

// Name implements Op.
func (o MaskReflectors) Name() string { return "mask_reflectors" }

// Check implements Op.
func (o MaskReflectors) Check() error {
	return checkSets("mask_reflectors", o.U, o.Sets)
}

// Access implements Op.
func (o MaskReflectors) Access() []Access { return accessList{}.writes(o.U) }

// Cost implements Op.
func (o MaskReflectors) Cost() Cost {
	m := int64(o.PerSet())
	return Cost{0, 2 * m * (m - 1) * int64(max(o.Sets, 1))}
}
