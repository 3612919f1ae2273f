package gpu

// TriInverse computes A = S⁻¹ for an upper triangular S (m × m). Only the upper triangle of S is read; the part of A below the
// diagonal is written as 0. A zero on the diagonal of S (a zero reflector) gives a zero row and column of A, so that the
// reflector is left out: then I − UᵀAU is the product of the others. A must not share memory with S.
type TriInverse struct{ A, S View }

// Name implements Op.
func (o TriInverse) Name() string { return "tri_inverse" }

// Check implements Op.
func (o TriInverse) Check() error {
	const op = "tri_inverse"
	return firstError(o.S.check(op, "S", o.S.Rows, o.S.Rows), o.A.check(op, "A", o.S.Rows, o.S.Rows), disjoint(op, "A", o.A, named{"S", o.S}))
}

// Access implements Op.
func (o TriInverse) Access() []Access { return accessList{}.reads(o.S).writes(o.A) }

// Cost implements Op: m³/3 flops.
func (o TriInverse) Cost() Cost {
	m := int64(o.S.Rows)
	return Cost{m * m * m / 3, bytesOf(o.S, o.A)}
}
