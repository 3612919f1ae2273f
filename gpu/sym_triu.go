package gpu

// SymTriu computes Y = triu(K) + striu(K)ᵀ (m × m): the symmetric matrix with the upper triangle of K. It appears in the gradient
// of the compact WY form because S depends on the upper triangle of the Gram matrix only. Y may be K.
type SymTriu struct{ Y, K View }

// Name implements Op.
func (o SymTriu) Name() string { return "sym_triu" }

// Check implements Op.
func (o SymTriu) Check() error {
	const op = "sym_triu"
	return firstError(o.K.check(op, "K", o.K.Rows, o.K.Rows), o.Y.check(op, "Y", o.K.Rows, o.K.Rows), sameOrDisjoint(op, "Y", o.Y, named{"K", o.K}))
}

// Access implements Op.
func (o SymTriu) Access() []Access { return accessList{}.reads(o.K).writes(o.Y) }

// Cost implements Op.
func (o SymTriu) Cost() Cost { return Cost{0, bytesOf(o.K, o.Y)} }
