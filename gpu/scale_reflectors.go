package gpu

// ScaleReflectors multiplies every reflector by a power of two that brings its largest entry near 1, which leaves its reflection what it
// is and every entry exact:
//
//	y_j = S_j u_j,   S_j = 2ᵏ with max_i |S_j u_ji| in [1, 2), as far as −126 ≤ k ≤ 127 reaches; 1 for u_j = 0
//
// The squares of y_j neither overflow nor vanish, whatever finite fp32 numbers u_j holds, denormal ones included: Gram, BlockFactors and
// what builds on them are for such reflectors, or for those of NormalizeReflectors. A gradient goes back by dL/du_j = S_j dL/dy_j.
//
// U and Y are m × n with structural zeros written (the first j entries of row j are taken as zero whatever they hold), S is 1 × m. With
// Sets = k ≥ 1 (0 means 1), U and Y are k·m × n and S is 1 × k·m: k sets of m reflectors, one below the other. Y may be U.
type ScaleReflectors struct {
	Y, S, U View
	Sets    int
}

// PerSet returns m, the reflectors of one set.
func (o ScaleReflectors) PerSet() int { return perSet(o.U, o.Sets) }

// Name implements Op.
func (o ScaleReflectors) Name() string { return "scale_reflectors" }

// Check implements Op.
func (o ScaleReflectors) Check() error {
	const op = "scale_reflectors"
	return firstError(checkSets(op, o.U, o.Sets), o.Y.check(op, "Y", o.U.Rows, o.U.Cols), o.S.check(op, "S", 1, o.U.Rows),
		sameOrDisjoint(op, "Y", o.Y, named{"U", o.U}), disjoint(op, "S", o.S, named{"U", o.U}, named{"Y", o.Y}))
}

// Access implements Op.
func (o ScaleReflectors) Access() []Access { return accessList{}.reads(o.U).writes(o.Y, o.S) }

// Cost implements Op.
func (o ScaleReflectors) Cost() Cost { return Cost{int64(o.U.Len()), bytesOf(o.U, o.Y, o.S)} }
