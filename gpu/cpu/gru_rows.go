package cpu

// gruGates is how many gates a state goes into; of every step four numbers a unit are kept, the gates r, z and n, and m.
const gruGates, gruKept = 3, 4

// gruForwardRow is where one step of a sample lies, from the first unit to be made on: the sums of r, z, n and m in gates pitch words apart;
// what is added to those of r, z and n, and the gates r, z, n and m, apart words apart; what is added to m; h_{t−1}, h_t, and a copy of h_t
// for the next step. add may be g.
type gruForwardRow struct {
	sum, add, bias, g []float32
	before, h, state  []float32
	pitch, apart      int
}

// gruBackwardRow is where one step back of a sample lies: the sums Wᵀ δ_{t+1}, the gradient from outside, the gates and δ_t, apart words
// apart, a copy of δ_r, δ_z and δ_m for the next step, h_{t−1}, and dh_{t+1}∘z_{t+1}, which is replaced by that of t. dz may be g.
type gruBackwardRow struct {
	sum, outer      []float32
	g, dz, state    []float32
	before, carried []float32
	apart           int
}

func gruForwardPortable(r *gruForwardRow, n int) {
	for j := range n {
		reset := logisticPortable(r.sum[j] + r.add[j])
		update := logisticPortable(r.sum[r.pitch+j] + r.add[r.apart+j])
		product := r.sum[3*r.pitch+j] + r.bias[j]
		candidate := tanhOf(r.sum[2*r.pitch+j] + r.add[2*r.apart+j] + float32(reset*product))
		h := candidate + float32(update*(r.before[j]-candidate))
		r.g[j], r.g[r.apart+j], r.g[2*r.apart+j], r.g[3*r.apart+j] = reset, update, candidate, product
		r.h[j], r.state[j] = h, h
	}
}

func gruBackwardPortable(r *gruBackwardRow, n int) {
	for j := range n {
		reset, update, candidate, product := r.g[j], r.g[r.apart+j], r.g[2*r.apart+j], r.g[3*r.apart+j]
		dh := r.sum[j] + r.outer[j] + r.carried[j]
		carried := dh * update
		dUpdate := float32(dh*(r.before[j]-candidate)) * float32(update*(1-update))
		dCandidate := (dh - carried) * (1 - float32(candidate*candidate))
		dProduct := dCandidate * reset
		dReset := float32(dCandidate*product) * float32(reset*(1-reset))
		r.carried[j] = carried
		r.dz[j], r.dz[r.apart+j], r.dz[2*r.apart+j], r.dz[3*r.apart+j] = dReset, dUpdate, dCandidate, dProduct
		r.state[j], r.state[r.apart+j], r.state[2*r.apart+j] = dReset, dUpdate, dProduct
	}
}
