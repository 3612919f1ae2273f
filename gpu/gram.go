package gpu

// Gram computes the triangle of the compact WY form (Schreiber & Van Loan 1989) from reflectors U (m × n, a row each):
//
//	S = ½ diag(U Uᵀ) + striu(U Uᵀ)    (m × m, upper triangular; the part below the diagonal is written as 0)
//
// The structural zeros of U must hold zeros, and squares of lengths must be fp32 numbers: NormalizeReflectors and ScaleReflectors see to
// both. A batch of Batch sets (0 and 1 mean one) advances
// S and U by StrideS and StrideU words, which may be negative.
type Gram struct {
	S, U View

	Batch            int
	StrideS, StrideU int
}

// Count returns the number of sets, at least 1.
func (o Gram) Count() int { return max(o.Batch, 1) }

// Name implements Op.
func (o Gram) Name() string { return "gram" }

// Check implements Op.
func (o Gram) Check() error {
	const op = "gram"
	if err := firstError(o.U.checkWindow(op, "U"), o.S.check(op, "S", o.U.Rows, o.U.Rows)); err != nil {
		return err
	}
	if o.Batch < 0 {
		return shapeError(op, "batch %d", o.Batch)
	}
	if err := firstError(checkBatch(op, "U", o.U, o.Count(), o.StrideU), checkBatch(op, "S", o.S, o.Count(), o.StrideS),
		batchApart(op, "S", o.S, o.Count(), o.StrideS)); err != nil {
		return err
	}
	u, s := o.wide()
	return disjoint(op, "S", s, named{"U", u})
}

// wide returns what the whole batch covers.
func (o Gram) wide() (u, s View) {
	last := o.Count() - 1
	return widen(o.U, last*o.StrideU), widen(o.S, last*o.StrideS)
}

// Access implements Op.
func (o Gram) Access() []Access {
	u, s := o.wide()
	return accessList{}.reads(u).writes(s)
}

// Cost implements Op: m(m+1)n flops a set.
func (o Gram) Cost() Cost {
	return Cost{int64(o.Count()) * int64(o.U.Rows+1) * int64(o.U.Len()), int64(o.Count()) * bytesOf(o.U, o.S)}
}
