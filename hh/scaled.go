package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// scaled is one or two sets of reflectors as the products take them: times powers of two that keep their squares within fp32
// (gpu.ScaleReflectors), or as they are where the caller says that they have about unit length.
type scaled struct {
	given  [2]gpu.View
	u      [2]gpu.View // m × n
	powers [2]gpu.View // 1 × m, one behind the other; zero Views where nothing is scaled
}

// newScaled plans the scaled sets in a unit. With unit length they are the given ones. A set without reflectors may be the zero View.
func newScaled(mem *gpu.Buffer, given [2]gpu.View, unitLength bool) scaled {
	d := scaled{given: given, u: given}
	if unitLength {
		return d
	}
	both := stackSets(given)
	for i, g := range given {
		switch {
		case g.Rows == 0:
		case i == 1 && len(both) == 1 && both[0].count == 2:
			d.u[i] = mem.Follow(g.Rows, g.Cols)
		default:
			d.u[i] = mem.Reserve(g.Rows, g.Cols)
		}
	}
	for i, g := range given {
		if g.Rows > 0 {
			d.powers[i] = mem.Follow(1, g.Rows)
		}
	}
	return d
}

// off tells that nothing is scaled.
func (d *scaled) off() bool { return d.powers[0].IsZero() && d.powers[1].IsZero() }

// prepare returns the operations that scale the sets: one for both where one lies below the other.
func (d *scaled) prepare() []gpu.Op {
	if d.off() {
		return nil
	}
	if both := stackSets(d.given); both[0].count == 2 {
		y := d.u[0]
		y.Rows *= 2
		return []gpu.Op{gpu.ScaleReflectors{Y: y, S: d.bothPowers(), U: both[0].view, Sets: 2}}
	}
	var ops []gpu.Op
	for i, u := range d.given {
		if u.Rows > 0 {
			ops = append(ops, gpu.ScaleReflectors{Y: d.u[i], S: d.powers[i], U: u})
		}
	}
	return ops
}

func (d *scaled) bothPowers() gpu.View {
	s := d.powers[0]
	s.Cols += d.powers[1].Cols
	s.Stride = s.Cols
	return s
}

// restore returns the operations that turn gradients with respect to the scaled sets into those with respect to the given ones, in place.
func (d *scaled) restore(grads [2]gpu.View) []gpu.Op {
	if d.off() {
		return nil
	}
	if both := stackSets(grads); len(both) == 1 && both[0].count == 2 {
		return []gpu.Op{gpu.Scale{Y: both[0].view, X: both[0].view, Left: d.bothPowers(), Alpha: 1}}
	}
	var ops []gpu.Op
	for i, du := range grads {
		if du.Rows > 0 {
			ops = append(ops, gpu.Scale{Y: du, X: du, Left: d.powers[i], Alpha: 1})
		}
	}
	return ops
}
