package gpu

// Gather looks up rows of a table, as an embedding of tokens does:
//
//	Y_i = Table[Tokens_i]     (R × d)
//
// Table is V × d and Tokens is 1 × R, int32. A token outside of 0 … V−1 gives a row of zeros: nothing outside of the table is read, and
// what such a token means is for the host to say beforehand.
type Gather struct{ Y, Table, Tokens View }

// Name implements Op.
func (o Gather) Name() string { return "gather" }

// Check implements Op.
func (o Gather) Check() error {
	const op = "gather"
	return firstError(o.Table.checkWindow(op, "Table"), o.Tokens.check(op, "Tokens", 1, o.Tokens.Cols), o.Y.check(op, "Y", o.Tokens.Cols, o.Table.Cols),
		disjoint(op, "Y", o.Y, named{"Table", o.Table}, named{"Tokens", o.Tokens}))
}

// Access implements Op.
func (o Gather) Access() []Access { return accessList{}.reads(o.Table, o.Tokens).writes(o.Y) }

// Cost implements Op.
func (o Gather) Cost() Cost { return Cost{0, 2*bytesOf(o.Y) + bytesOf(o.Tokens)} }
