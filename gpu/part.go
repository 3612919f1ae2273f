package gpu

// Part says which rows of a larger matrix the rows of an operand are, so that random numbers of a part are those of the whole: row i is row
// ⌊i/Rows⌋·Of + First + i mod Rows. Of time-major sequences that is Rows of the Of samples of a batch, from number First on. The zero Part is the whole.
type Part struct{ Rows, Of, First int }

// Row returns which row of the whole row i is.
func (p Part) Row(i int) int {
	if p.Rows == 0 {
		return i
	}
	return i/p.Rows*p.Of + p.First + i%p.Rows
}

// check verifies a part of an operation's operand.
func (p Part) check(op string) error {
	if p != (Part{}) && (p.Rows < 1 || p.First < 0 || p.First > p.Of-p.Rows) {
		return shapeError(op, "rows %d … %d of every %d", p.First, p.First+p.Rows-1, p.Of)
	}
	return nil
}
