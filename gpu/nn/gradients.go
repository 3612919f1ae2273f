package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// StateGradients is what a recurrence knows after a step of training of the gradients with respect to its states: δ_t = dL/dz_t, z_t being what
// the activation (or the gates) are of, and so dL/dh_{t−1} = Mask∘(Wᵀ δ_t) + what is read of h_{t−1} itself, and what goes past W (Past).
type StateGradients struct {
	Length, Batch int
	Delta         []gpu.View // T·B rows each, time-major, side by side as wide as W has rows
	Weight        Weight     // W, k × n
	Mask          gpu.View   // of the states, B × n; absent where none are dropped
	Start         gpu.View   // dL/dh_0, B × n
	End           gpu.View   // dL/dh_T, B × n, where only that state is read; else absent
	Past          *Past      // nil where a state acts on the next one through W alone
}

// Past is what a state keeps of the one before it past W: h_t = … + u_t∘h_{t−1}, u_t = σ(U Mask∘h_{t−1} + Ux x_t + b), whose gradient
// is u_t∘dL/dh_t on top of Mask∘(Wᵀ δ_t).
type Past struct {
	Rows  [2]int   // U is rows lo … hi−1 of W, n of them
	Input gpu.View // Ux, n × k
	Bias  gpu.View // b, 1 × n
	X     gpu.View // x_1 … x_T, T·B × k
	H     gpu.View // Mask∘h_0 … Mask∘h_{T−1}, T·B × n
	Read  gpu.View // what is read of h_1 … h_T itself, T·B × n, or of h_T alone, B × n
}

// Recurrences returns the state gradients of every recurrence of the run that can tell them, in order.
func (r *Run) Recurrences() []StateGradients {
	return recurrences(r.pass)
}

func recurrences(p Pass) []StateGradients {
	switch p := p.(type) {
	case sequentialPass:
		var all []StateGradients
		for _, q := range p.each {
			all = append(all, recurrences(q)...)
		}
		return all
	case interface{ stateGradients() StateGradients }:
		return []StateGradients{p.stateGradients()}
	}
	return nil
}
