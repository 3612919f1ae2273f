package oracle

// Gather returns the rows of a table V × d that tokens name, zeros for tokens
// outside of 0 … V−1.
func Gather(table Matrix, tokens []int) Matrix {
	y := Zeros(len(tokens), table.Cols)
	for i, v := range tokens {
		if v >= 0 && v < table.Rows {
			copy(y.Row(i), table.Row(v))
		}
	}
	return y
}

// ScatterAdd returns beta·table with row i of x added to the row that token i
// names; tokens outside of the table are left out.
func ScatterAdd(table, x Matrix, tokens []int, beta float64) Matrix {
	mustShape("ScatterAdd: x", x, len(tokens), table.Cols)
	y := Zeros(table.Rows, table.Cols)
	if beta != 0 {
		y = AddScaled(y, beta, table)
	}
	for i, v := range tokens {
		if v < 0 || v >= table.Rows {
			continue
		}
		for j := range x.Cols {
			y.Set(v, j, y.At(v, j)+x.At(i, j))
		}
	}
	return y
}
