package gpu

// NormalizeReflectors scales every reflector (row of U, m × n) to unit length and writes zeros to its structural zeros (the first
// j entries of row j). A zero reflector stays zero, any other may have any finite length. The gradient of a reflector is orthogonal to it, so without this its
// length only grows with training. With Sets = k ≥ 1 (0 means 1), U is k·m × n: k sets of m reflectors, one below the other.
type NormalizeReflectors struct {
	U    View
	Sets int
}

// PerSet returns m, the reflectors of one set.
func (o NormalizeReflectors) PerSet() int { return perSet(o.U, o.Sets) }

// Name implements Op.
func (o NormalizeReflectors) Name() string { return "normalize_reflectors" }

// Check implements Op.
func (o NormalizeReflectors) Check() error {
	return checkSets("normalize_reflectors", o.U, o.Sets)
}

// Access implements Op.
func (o NormalizeReflectors) Access() []Access { return accessList{}.reads(o.U).writes(o.U) }

// Cost implements Op.
func (o NormalizeReflectors) Cost() Cost { return Cost{3 * int64(o.U.Len()), 2 * bytesOf(o.U)} }
