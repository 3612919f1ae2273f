package gpu

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
