package gpu

// TimeSum adds up the time steps of a sequence of B samples, time-major:
//
//	Y_b = α Σ_t X_{t·B+b} + β Y_b,   t = 0 … T−1     (Y is B × n, X is T·B × n)
//
// with the steps in ascending order, in up to four interleaved sums. α = 1/T makes the mean over time; its gradient is Hadamard without A.
// With β = 0, Y is not read; a sequence of no steps leaves β Y.
type TimeSum struct {
	Y, X        View
	Alpha, Beta float32
}

// Name implements Op.
func (o TimeSum) Name() string { return "time_sum" }

// Steps returns T.
func (o TimeSum) Steps() int {
	if o.Y.Rows == 0 {
		return 0
	}
	return o.X.Rows / o.Y.Rows
}

// Check implements Op.
func (o TimeSum) Check() error {
	const op = "time_sum"
	if err := o.Y.checkWindow(op, "Y"); err != nil {
		return err
	}
	return firstError(o.X.check(op, "X", o.Steps()*o.Y.Rows, o.Y.Cols), disjoint(op, "Y", o.Y, named{"X", o.X}))
}

// Access implements Op.
func (o TimeSum) Access() []Access {
	l := accessList{}.reads(o.X)
	if o.Beta != 0 {
		l = l.reads(o.Y)
	}
	return l.writes(o.Y)
}

// Cost implements Op.
func (o TimeSum) Cost() Cost { return Cost{int64(o.X.Len()), bytesOf(o.X, o.Y)} }
