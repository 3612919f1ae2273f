package gpu

// ScatterAdd adds rows to those of a table that tokens name, which is the gradient of Gather:
//
//	Table_v = β · Table_v + Σ_{i: Tokens_i = v} X_i     (V × d)
//
// X is R × d and Tokens is 1 × R, int32. The rows of a token are added in ascending order, whatever runs them. A row of the table that
// no token names becomes β times itself; with β = 0 the table is not read. Tokens outside of 0 … V−1 are left out.
type ScatterAdd struct {
	Table, X, Tokens View
	Beta             float32
}

// Name implements Op.
func (o ScatterAdd) Name() string { return "scatter_add" }

// Check implements Op.
func (o ScatterAdd) Check() error {
	const op = "scatter_add"
	return firstError(o.Table.checkWindow(op, "Table"), o.Tokens.check(op, "Tokens", 1, o.Tokens.Cols), o.X.check(op, "X", o.Tokens.Cols, o.Table.Cols),
		disjoint(op, "Table", o.Table, named{"X", o.X}, named{"Tokens", o.Tokens}))
}

// Access implements Op.
func (o ScatterAdd) Access() []Access {
	l := accessList{}.reads(o.X, o.Tokens)
	if o.Beta != 0 {
		l = l.reads(o.Table)
	}
	return l.writes(o.Table)
}

// Cost implements Op.
func (o ScatterAdd) Cost() Cost { return Cost{int64(o.X.Len()), bytesOf(o.Table, o.X, o.Tokens)} }
