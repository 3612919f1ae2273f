package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(lstmForward)
	implement(lstmBackward)
}

// lstmForward makes all states of a step from those before, in the order of the rows.
func lstmForward(o gpu.LSTMForward) {
	n := o.Hidden()
	w, h, c, g, in := window(o.W), window(o.H), window(o.C), window(o.G), gatedInput(o.Z, o.X, o.Wx, o.Bias)
	for row := range o.T * o.B {
		a := product(w, givenState(h, o.Mask, o.Masked, row, o.B))
		for i := range a {
			a[i] += in(row, i)
		}
		for j := range n {
			gates := [4]float64{sigmoid(a[j]), sigmoid(a[n+j]), math.Tanh(a[2*n+j]), sigmoid(a[3*n+j])}
			cell := gates[1]*c.at(row, j) + gates[0]*gates[2]
			c.set(row+o.B, j, cell)
			h.set(row+o.B, j, gates[3]*math.Tanh(cell))
			if g.words == nil {
				continue
			}
			for i, v := range gates {
				g.set(row, i*n+j, v)
			}
		}
	}
}

// gatedInput returns what comes from outside into row row of the pre-activations of a recurrence with gates, at column i.
func gatedInput(z, x, wx, bias gpu.View) func(row, i int) float64 {
	mz, mx, mw, mb := window(z), window(x), window(wx), window(bias)
	return func(row, i int) float64 {
		if mz.words != nil {
			return mz.at(row, i)
		}
		return mb.or(0, i, 0) + dot(mx, row, mw, i, 0)
	}
}

// outerGradient returns dL/dh of row row, at column j: of every step, or zero but for the last one.
func outerGradient(dh gpu.View, rows int, last bool) func(row, j int) float64 {
	m := window(dh)
	return func(row, j int) float64 {
		switch first := rows - dh.Rows; {
		case !last:
			return m.at(row, j)
		case row >= first:
			return m.at(row-first, j)
		}
		return 0
	}
}

func lstmBackward(o gpu.LSTMBackward) {
	n, rows := o.Hidden(), o.T*o.B
	w, g, c, dz, outer := window(o.W), window(o.G), window(o.C), window(o.DZ), outerGradient(o.DH, rows, o.LastOnly())
	dh0, dc0, mask := window(o.DH0), window(o.DC0), window(o.Mask)
	carried := make([]float64, o.B*n)
	// later is what comes back through W from the step after row's.
	later := func(row, j int) float64 {
		sum := 0.0
		for i := 0; i < 4*n && row+o.B < rows; i++ {
			sum += dz.at(row+o.B, i) * w.at(i, j)
		}
		return sum * mask.or((row+o.B)%o.B, j, 1)
	}
	for row := rows - 1; row >= 0; row-- {
		for j := range n {
			in, forget, candidate, out := g.at(row, j), g.at(row, n+j), g.at(row, 2*n+j), g.at(row, 3*n+j)
			cell, dh, dc := math.Tanh(c.at(row+o.B, j)), outer(row, j)+later(row, j), &carried[row%o.B*n+j]
			*dc += dh * out * (1 - cell*cell)
			dz.set(row, j, *dc*candidate*in*(1-in))
			dz.set(row, n+j, *dc*c.at(row, j)*forget*(1-forget))
			dz.set(row, 2*n+j, *dc*in*(1-candidate*candidate))
			dz.set(row, 3*n+j, dh*cell*out*(1-out))
			*dc *= forget
		}
	}
	for b := range o.B {
		for j := range n {
			if dh0.words != nil {
				dh0.set(b, j, later(b-o.B, j))
			}
			if dc0.words != nil {
				dc0.set(b, j, carried[b*n+j])
			}
		}
	}
}
