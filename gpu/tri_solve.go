package gpu

// TriSolve solves a triangular system and scales the columns of the solution:
//
//	S X = B diag(Scale)   or, with Transpose,   Sᵀ X = B diag(Scale)        (X and B are m × n)
//
// S (m × m) is upper triangular; what is stored below its diagonal is not read. A zero on the diagonal of S (a zero reflector) gives a
// zero row of X; its row and column of S must hold zeros, and the rest is then the solution of the system without it. Scale is 1 × n
// or absent. X must not share memory with S, B or Scale.
//
// With S from Gram, X is A·B with the triangle A = S⁻¹ of the compact WY form (Schreiber & Van Loan 1989). Substitution leaves a
// residual S X − B of the size of the rounding of S X, where a product with A leaves that of S·A·B.
//
// Trapezoid says that B holds zeros left of its diagonal, as reflectors do. X then has them too, and work on them is left out; it does
// not go with Transpose.
//
// A batch of Batch systems (0 and 1 mean one) advances X, S and B by StrideX, StrideS and StrideB words, which may be negative;
// all have the same Scale.
type TriSolve struct {
	X, S, B              View
	Transpose, Trapezoid bool
	Scale                View

	Batch                     int
	StrideX, StrideS, StrideB int
}

// Count returns the number of systems, at least 1.
func (o TriSolve) Count() int { return max(o.Batch, 1) }

// Name implements Op.
func (o TriSolve) Name() string { return "tri_solve" }

// Check implements Op.
func (o TriSolve) Check() error {
	const op = "tri_solve"
	m, n := o.B.Rows, o.B.Cols
	if err := firstError(o.B.checkWindow(op, "B"), o.S.check(op, "S", m, m), o.X.check(op, "X", m, n),
		o.Scale.checkOptional(op, "Scale", 1, n)); err != nil {
		return err
	}
	if o.Transpose && o.Trapezoid {
		return shapeError(op, "a transposed system has no trapezoidal solution")
	}
	if o.Batch < 0 {
		return shapeError(op, "batch %d", o.Batch)
	}
	if err := firstError(checkBatch(op, "X", o.X, o.Count(), o.StrideX), checkBatch(op, "S", o.S, o.Count(), o.StrideS),
		checkBatch(op, "B", o.B, o.Count(), o.StrideB), batchApart(op, "X", o.X, o.Count(), o.StrideX)); err != nil {
		return err
	}
	x, s, b := o.wide()
	return disjoint(op, "X", x, named{"S", s}, named{"B", b}, named{"Scale", o.Scale})
}

// wide returns what the whole batch covers.
func (o TriSolve) wide() (x, s, b View) {
	last := o.Count() - 1
	return widen(o.X, last*o.StrideX), widen(o.S, last*o.StrideS), widen(o.B, last*o.StrideB)
}

// Access implements Op.
func (o TriSolve) Access() []Access {
	x, s, b := o.wide()
	return accessList{}.reads(s, b, o.Scale).writes(x)
}

// Cost implements Op: m²·n flops a system, less what is left out of a trapezoid.
func (o TriSolve) Cost() Cost {
	m, n := int64(o.B.Rows), int64(o.B.Cols)
	flops := m * m * n
	if o.Trapezoid {
		// Column j takes min(j+1, m)² flops.
		k := min(m, n)
		flops = k*(k+1)*(2*k+1)/6 + (n-k)*m*m
	}
	return Cost{int64(o.Count()) * flops, int64(o.Count()) * bytesOf(o.S, o.B, o.X)}
}
