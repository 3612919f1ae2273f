package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(gruForward)
	implement(gruBackward)
}

// gruForward makes all states of a step from those before, in the order of the rows.
func gruForward(o gpu.GRUForward) {
	n := o.Hidden()
	w, h, g, hidden, in := window(o.W), window(o.H), window(o.G), window(o.HiddenBias), gatedInput(o.Z, o.X, o.Wx, o.Bias)
	for row := range o.T * o.B {
		a := product(w, givenState(h, o.Mask, o.Masked, row, o.B))
		for j := range n {
			outer := [3]float64{in(row, j), in(row, n+j), in(row, 2*n+j)}
			reset, update, product := sigmoid(outer[0]+a[j]), sigmoid(outer[1]+a[n+j]), a[2*n+j]+hidden.or(0, j, 0)
			candidate := math.Tanh(outer[2] + reset*product)
			h.set(row+o.B, j, (1-update)*candidate+update*h.at(row, j))
			if g.words == nil {
				continue
			}
			for i, v := range [4]float64{reset, update, candidate, product} {
				g.set(row, i*n+j, v)
			}
		}
	}
}

func gruBackward(o gpu.GRUBackward) {
	n, rows := o.Hidden(), o.T*o.B
	w, g, h, dz, dh0, mask, outer := window(o.W), window(o.G), window(o.H), window(o.DZ), window(o.DH0), window(o.Mask), outerGradient(o.DH, rows, o.LastOnly())
	carried := make([]float64, o.B*n)
	// later is what comes back through W from the step after row's, with δ_m for the candidate.
	later := func(row, j int) float64 {
		sum := 0.0
		for i := 0; i < n && row+o.B < rows; i++ {
			for rowsOf, column := range [3]int{0, 1, 3} {
				sum += dz.at(row+o.B, column*n+i) * w.at(rowsOf*n+i, j)
			}
		}
		return sum * mask.or((row+o.B)%o.B, j, 1)
	}
	for row := rows - 1; row >= 0; row-- {
		for j := range n {
			reset, update, candidate, product := g.at(row, j), g.at(row, n+j), g.at(row, 2*n+j), g.at(row, 3*n+j)
			c := &carried[row%o.B*n+j]
			dh := outer(row, j) + later(row, j) + *c
			*c = dh * update
			dn := dh * (1 - update) * (1 - candidate*candidate)
			dz.set(row, j, dn*product*reset*(1-reset))
			dz.set(row, n+j, dh*(h.at(row, j)-candidate)*update*(1-update))
			dz.set(row, 2*n+j, dn)
			dz.set(row, 3*n+j, dn*reset)
		}
	}
	for b := range o.B {
		for j := range n {
			if dh0.words != nil {
				dh0.set(b, j, carried[b*n+j]+later(b-o.B, j))
			}
		}
	}
}
