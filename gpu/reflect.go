package gpu

// Reflect applies a product of Householder reflectors to every row of X, one reflection at a time (Zhang, Lei & Dhillon 2018,
// algorithm 1; Mhammedi et al. 2017):
//
//	y = Q x  or, with Transpose,  y = Qᵀ x,   Q = H_0 H_1 … H_{m−1},  H_j h = h − 2 (u_jᵀh / u_jᵀu_j) u_j
//
// X and Y are B × n with a sample a row, U is m × n with reflector u_j in row j; the first j entries of row j are taken as zero
// whatever they hold. u_j = 0 is the identity, any other may have any finite length; a denormal entry may count as 0. Y may be X.
// This is O(n) a reflection and sample, but m dependent steps: the reference, and right for few reflectors; ReflectBlocks is the
// fast one for many.
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
