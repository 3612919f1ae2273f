package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// elementwiseTile is the number of elements that a worker takes at a time.
const elementwiseTile = 1 << 14

// elementwise returns the phase that calls body for every row of a rows × cols matrix, long rows in pieces: body(i, lo, hi) works on
// columns lo … hi−1 of row i.
func elementwise(rows, cols int, body func(i, lo, hi int)) []phase {
	switch {
	case rows == 0 || cols == 0:
		return nil
	case cols >= elementwiseTile:
		pieces := ceilDiv(cols, elementwiseTile)
		return []phase{{rows * pieces, func(_, t int) {
			lo := t % pieces * elementwiseTile
			body(t/pieces, lo, min(lo+elementwiseTile, cols))
		}}}
	}
	step := elementwiseTile / cols
	return []phase{{ceilDiv(rows, step), func(_, t int) {
		for i := t * step; i < min((t+1)*step, rows); i++ {
			body(i, 0, cols)
		}
	}}}
}

// byRows returns the phase that calls body for every row, some rows at a time.
func byRows(rows, cols int, body func(i int)) []phase {
	if rows == 0 {
		return nil
	}
	step := max(1, elementwiseTile/max(cols, 1)/4)
	return []phase{{ceilDiv(rows, step), func(_, t int) {
		for i := t * step; i < min((t+1)*step, rows); i++ {
			body(i)
		}
	}}}
}

// zeroed writes zeros to the views, any of which may be absent, where there is nothing else to do.
func zeroed(plan string, views ...gpu.View) task {
	t := task{plan: plan}
	for _, v := range views {
		m := bind(v)
		t.phases = append(t.phases, elementwise(m.rows, m.cols, func(i, lo, hi int) { clear(m.row(i)[lo:hi]) })...)
	}
	return t
}
