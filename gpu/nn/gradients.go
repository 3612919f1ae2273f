package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// StateGradients is what a recurrence knows after a step of training of the gradients with respect to its states: δ_t = dL/dz_t, z_t being what
// the activation (or the gates) are of, and so dL/dh_{t−1} = Wᵀ δ_t + what is read of h_{t−1} itself.
type StateGradients struct {
	Length, Batch int
	Delta         gpu.View // T·B × k, time-major
	Weight        Weight   // W, k × n
	Start         gpu.View // dL/dh_0, B × n
	End           gpu.View // dL/dh_T, B × n, where only that state is read; else absent
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

func (s *recurrentPass) stateGradients() StateGradients {
	out := StateGradients{Length: s.x.Length, Batch: s.x.Batch, Delta: s.delta, Weight: s.l.Weight, Start: s.dh0}
	if s.l.Last {
		out.End = s.out.DY
	}
	return out
}

func (s *lstmPass) stateGradients() StateGradients {
	out := StateGradients{Length: s.x.Length, Batch: s.x.Batch, Delta: s.gates, Weight: s.l.Weight, Start: s.dh0}
	if s.l.Last {
		out.End = s.out.DY
	}
	return out
}
