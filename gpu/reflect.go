package gpu

// Reflect applies a product of Householder reflectors to every row of X, one reflection at a time (Zhang, Lei & Dhillon 2018,
// algorithm 1; Mhammedi et al. 2017):
//
//	y = Q x  or, with Transpose,  y = Qᵀ x,   Q = H_0 H_1 … H_{m−1},  H_j h = h − 2 (u_jᵀh / u_jᵀu_j) u_j
//
// X and Y are B × n with a sample a row, U is m × n with reflector u_j in row j; the first j entries of row j are taken as zero
// whatever they hold. u_j = 0 is the identity. Y may be X. This is O(n) a reflection and sample, but m dependent steps: the
// reference, and right for few reflectors; ReflectBlocks is the fast one for many.
type Reflect struct {
	Y, X, U   View
	Transpose bool
}

// Name implements Op.
func (o Reflect) Name() string { return "reflect" }

// Check implements Op.
func (o Reflect) Check() error {
	const op = "reflect"
	if err := checkReflectors(op, o.U, o.X.Cols); err != nil {
		return err
	}
	return firstError(o.X.checkWindow(op, "X"), o.Y.check(op, "Y", o.X.Rows, o.X.Cols),
		sameOrDisjoint(op, "Y", o.Y, named{"X", o.X}), disjoint(op, "Y", o.Y, named{"U", o.U}))
}

// Access implements Op.
func (o Reflect) Access() []Access { return accessList{}.reads(o.X, o.U).writes(o.Y) }

// Cost implements Op: 4n flops a reflection and sample.
func (o Reflect) Cost() Cost {
	return Cost{4 * int64(o.X.Len()) * int64(o.U.Rows), bytesOf(o.X, o.Y, o.U)}
}

// ReflectBackward is the gradient of Reflect. From the output Y (B × n) and DY = dL/dY (B × n) it computes DX = dL/dX (B × n)
// and DU = dL/dU (m × n, summed over the batch; structural zeros and rows with u_j = 0 get 0). With h the input and g the output
// gradient of one reflection, a = uᵀh/uᵀu and b = uᵀg/uᵀu:
//
//	du = −2a g − 2b h + 4ab u,   g ← g − 2b u
//
// h is recovered from the output, a reflection being its own inverse. DX may be DY.
type ReflectBackward struct {
	DX, DU, DY, Y, U View
	Transpose        bool
}

// Name implements Op.
func (o ReflectBackward) Name() string { return "reflect_backward" }

// Check implements Op.
func (o ReflectBackward) Check() error {
	const op = "reflect_backward"
	if err := checkReflectors(op, o.U, o.Y.Cols); err != nil {
		return err
	}
	return firstError(o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		o.DU.check(op, "DU", o.U.Rows, o.U.Cols), sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}),
		disjoint(op, "DX", o.DX, named{"Y", o.Y}, named{"U", o.U}, named{"DU", o.DU}),
		disjoint(op, "DU", o.DU, named{"DY", o.DY}, named{"Y", o.Y}, named{"U", o.U}))
}

// Access implements Op.
func (o ReflectBackward) Access() []Access {
	return accessList{}.reads(o.DY, o.Y, o.U).writes(o.DX, o.DU)
}

// Cost implements Op: 14n flops a reflection and sample.
func (o ReflectBackward) Cost() Cost {
	return Cost{14 * int64(o.Y.Len()) * int64(o.U.Rows), bytesOf(o.DX, o.DU, o.DY, o.Y, o.U)}
}

// checkReflectors verifies that u is an m × n set of reflectors with m ≤ n.
func checkReflectors(op string, u View, n int) error {
	if err := u.check(op, "U", u.Rows, n); err != nil {
		return err
	}
	if u.Rows > n {
		return shapeError(op, "%d reflectors for dimension %d; at most %d make sense", u.Rows, n, n)
	}
	return nil
}

// NormalizeReflectors scales every reflector (row of U, m × n) to unit length and writes zeros to its structural zeros (the first
// j entries of row j). A zero reflector stays zero. The gradient of a reflector is orthogonal to it, so without this its
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

func perSet(u View, sets int) int { return u.Rows / max(sets, 1) }

// checkSets verifies that u holds whole sets of at most as many reflectors as they have entries.
func checkSets(op string, u View, sets int) error {
	if sets < 0 || u.Rows%max(sets, 1) != 0 {
		return shapeError(op, "%d rows in %d sets; every set has as many reflectors", u.Rows, sets)
	}
	if err := u.checkWindow(op, "U"); err != nil {
		return err
	}
	if m := perSet(u, sets); m > u.Cols {
		return shapeError(op, "%d reflectors for dimension %d; at most %d make sense", m, u.Cols, u.Cols)
	}
	return nil
}
