package gpu

// SigmaBackward computes the gradient of the free parameters from that of σ, to which the column sums of A ∘ B (R × n each) are added:
//
//	DS_j = ( DSigma_j + α Σ_i A_ij B_ij ) · dσ/ds     (1 × n)
//
// dσ/ds = 2r·sigmoid(s)(1−sigmoid(s)) for SigmaBand, σ*·exp(s) for SigmaPositive. DSigma is 1 × n, or n × 1 such as a diagonal; it or
// both of A and B may be absent. DS may be DSigma.
type SigmaBackward struct {
	DS, DSigma, S  View
	A, B           View
	Alpha          float32
	Center, Radius float32
	Map            SigmaMap
}

// Name implements Op.
func (o SigmaBackward) Name() string { return "sigma_backward" }

// Check implements Op.
func (o SigmaBackward) Check() error {
	const op = "sigma_backward"
	if o.Map > SigmaPositive || !(o.Radius >= 0) {
		return shapeError(op, "map %d with centre %g and radius %g", o.Map, o.Center, o.Radius)
	}
	n := o.S.Cols
	if o.A.IsZero() != o.B.IsZero() || o.A.IsZero() && o.DSigma.IsZero() {
		return shapeError(op, "DSigma = %v, A = %v, B = %v; give DSigma, or A and B, or all", o.DSigma, o.A, o.B)
	}
	rows, cols := 1, n
	if o.DSigma.Cols == 1 {
		rows, cols = n, 1
	}
	return firstError(o.S.check(op, "S", 1, n), o.DSigma.checkOptional(op, "DSigma", rows, cols), o.DS.check(op, "DS", 1, n),
		o.A.checkOptional(op, "A", o.A.Rows, n), o.B.checkOptional(op, "B", o.A.Rows, n),
		sameOrDisjoint(op, "DS", o.DS, named{"DSigma", o.DSigma}), disjoint(op, "DS", o.DS, named{"S", o.S}, named{"A", o.A}, named{"B", o.B}))
}

// Apart returns the words from one element of DSigma to the next.
func (o SigmaBackward) Apart() int {
	if o.DSigma.Cols == 1 {
		return o.DSigma.Stride
	}
	return 1
}

// Access implements Op.
func (o SigmaBackward) Access() []Access {
	return accessList{}.reads(o.DSigma, o.S, o.A, o.B).writes(o.DS)
}

// Cost implements Op.
func (o SigmaBackward) Cost() Cost {
	return Cost{8*int64(o.S.Len()) + 2*int64(o.A.Len()), bytesOf(o.S, o.DS, o.DSigma, o.A, o.B)}
}
