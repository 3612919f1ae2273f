package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() {
	implement(rnnForward)
	implement(rnnBackward)
	implement(lowRankForward)
	implement(lowRankBackward)
}

// recurrent is a square matrix W, dense or as diag(D) + Lᵀ R.
type recurrent struct{ w, d, l, r matrix }

// times returns W x, transposed Wᵀ x.
func (m recurrent) times(x []float64, transposed bool) []float64 {
	y := make([]float64, len(x))
	if m.d.words == nil {
		for i := range y {
			for j, v := range x {
				y[i] += op(m.w, i, j, transposed) * v
			}
		}
		return y
	}
	in, out := m.r, m.l
	if transposed {
		in, out = out, in
	}
	for k, c := range product(in, x) {
		for i := range y {
			y[i] += out.at(k, i) * c
		}
	}
	for i, v := range x {
		y[i] += m.d.at(0, i) * v
	}
	return y
}

// product returns M x.
func product(m matrix, x []float64) []float64 {
	y := make([]float64, m.Rows)
	for i := range y {
		for j, v := range x {
			y[i] += m.at(i, j) * v
		}
	}
	return y
}

// copyRow returns row i.
func (m matrix) copyRow(i int) []float64 {
	x := make([]float64, m.Cols)
	for j := range x {
		x[j] = m.at(i, j)
	}
	return x
}

func (m matrix) setRow(i int, x []float64) {
	for j, v := range x {
		m.set(i, j, v)
	}
}

// maskState multiplies x by the row of a sample's mask, if there is a mask; rows of samples come b at a time.
func maskState(x []float64, v gpu.View, row, b int) {
	if v.IsZero() {
		return
	}
	m := window(v)
	for j := range x {
		x[j] *= m.at(row%b, j)
	}
}

// givenState returns row row of h as the recurrent matrix is given it, and leaves it in masked, which may be absent.
func givenState(h matrix, mask, masked gpu.View, row, b int) []float64 {
	state := h.copyRow(row)
	maskState(state, mask, row, b)
	if !masked.IsZero() {
		window(masked).setRow(row, state)
	}
	return state
}

func rnnForward(o gpu.RNNForward) {
	forward(o, recurrent{w: window(o.W)}, gpu.View{}, matrix{})
}

func lowRankForward(o gpu.RNNLowRankForward) {
	forward(gpu.RNNForward{H: o.H, Z: o.Z, X: o.X, Wx: o.Wx, Bias: o.Bias, Mask: o.Mask, Masked: o.Masked, T: o.T, B: o.B, Act: o.Act},
		recurrent{d: window(o.D), l: window(o.L), r: window(o.R)}, o.C, window(o.R))
}

// forward runs a recurrence with the matrix m, of whose states it leaves the products with by in kept, which may be absent.
func forward(o gpu.RNNForward, m recurrent, kept gpu.View, by matrix) {
	h, z, x, wx, bias, act := window(o.H), window(o.Z), window(o.X), window(o.Wx), window(o.Bias), bound(o.Act)
	for row := range o.T * o.B {
		state := givenState(h, o.Mask, o.Masked, row, o.B)
		if !kept.IsZero() {
			window(kept).setRow(row, product(by, state))
		}
		next := m.times(state, false)
		for j := range next {
			next[j] += z.or(row, j, 0) + bias.or(0, j, 0)
			for k := range o.X.Cols {
				next[j] += wx.at(j, k) * x.at(row, k)
			}
			next[j] = act.value(j, next[j])
		}
		h.setRow(row+o.B, next)
	}
}

func rnnBackward(o gpu.RNNBackward) {
	backward(o, recurrent{w: window(o.W)}, gpu.View{}, matrix{})
}

func lowRankBackward(o gpu.RNNLowRankBackward) {
	backward(gpu.RNNBackward{Delta: o.Delta, H: o.H, DH: o.DH, DH0: o.DH0, DUnit: o.DUnit, Mask: o.Mask, T: o.T, B: o.B, Act: o.Act},
		recurrent{d: window(o.D), l: window(o.L), r: window(o.R)}, o.E, window(o.L))
}

// backward is back-propagation through time with the matrix m; it leaves the products of δ with by in kept, which may be absent.
func backward(o gpu.RNNBackward, m recurrent, kept gpu.View, by matrix) {
	delta, h, dh, act := window(o.Delta), window(o.H), window(o.DH).clone(), bound(o.Act)
	for b := range o.B {
		later, sums := make([]float64, o.H.Cols), make([]float64, o.H.Cols)
		for t := o.T - 1; t >= 0; t-- {
			row := t*o.B + b
			for j := range later {
				switch {
				case !o.LastOnly():
					later[j] += dh.at(row, j)
				case t == o.T-1:
					later[j] += dh.at(b, j)
				}
				derivative, byUnit := act.gradients(j, h.at(row+o.B, j))
				sums[j] += later[j] * byUnit
				later[j] *= derivative
			}
			delta.setRow(row, later)
			if !kept.IsZero() {
				window(kept).setRow(row, product(by, later))
			}
			later = m.times(later, true)
			maskState(later, o.Mask, b, o.B)
		}
		if !o.DH0.IsZero() {
			window(o.DH0).setRow(b, later)
		}
		if !o.DUnit.IsZero() {
			window(o.DUnit).setRow(b, sums)
		}
	}
}
