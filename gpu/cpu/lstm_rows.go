package cpu

import "math"

// lstmForwardRow is where one step of a sample lies, from the first unit to be made on: the sums W h_{t−1} in gates pitch words apart, what
// is added to them and the gates i, f, g, o apart words apart, c_{t−1}, c_t, h_t, and a copy of h_t for the next step. add may be g.
type lstmForwardRow struct {
	sum, add, g         []float32
	before, c, h, state []float32
	pitch, apart        int
}

// lstmBackwardRow is where one step back of a sample lies: the sums Wᵀ δ_{t+1}, the gradient from outside, the gates, δ_t and a copy of
// it for the next step, each with gates apart words apart, c_{t−1}, c_t, and dc_{t+1}, which is replaced by dc_t. dz may be g.
type lstmBackwardRow struct {
	sum, outer         []float32
	g, dz, state       []float32
	before, c, carried []float32
	apart              int
}

func logisticPortable(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func tanhOf(x float32) float32 { return float32(math.Tanh(float64(x))) }

func lstmForwardPortable(r *lstmForwardRow, n int) {
	for j := range n {
		in := logisticPortable(r.sum[j] + r.add[j])
		forget := logisticPortable(r.sum[r.pitch+j] + r.add[r.apart+j])
		candidate := tanhOf(r.sum[2*r.pitch+j] + r.add[2*r.apart+j])
		out := logisticPortable(r.sum[3*r.pitch+j] + r.add[3*r.apart+j])
		r.g[j], r.g[r.apart+j], r.g[2*r.apart+j], r.g[3*r.apart+j] = in, forget, candidate, out
		c := float32(forget*r.before[j]) + float32(in*candidate)
		h := out * tanhOf(c)
		r.c[j], r.h[j], r.state[j] = c, h, h
	}
}

func lstmBackwardPortable(r *lstmBackwardRow, n int) {
	for j := range n {
		in, forget, candidate, out := r.g[j], r.g[r.apart+j], r.g[2*r.apart+j], r.g[3*r.apart+j]
		dh, cell := r.sum[j]+r.outer[j], tanhOf(r.c[j])
		dc := r.carried[j] + float32(float32(dh*out)*(1-float32(cell*cell)))
		dz := [lstmGates]float32{
			float32(dc*candidate) * float32(in*(1-in)),
			float32(dc*r.before[j]) * float32(forget*(1-forget)),
			float32(dc*in) * (1 - float32(candidate*candidate)),
			float32(dh*cell) * float32(out*(1-out)),
		}
		r.carried[j] = dc * forget
		for i, v := range dz {
			r.dz[i*r.apart+j], r.state[i*r.apart+j] = v, v
		}
	}
}
