package nn

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Perturb is what training does to the states of a recurrence; evaluation and predictions know nothing of it.
type Perturb struct {
	// Dropout is the share of the units whose states W does not see, the same at all time steps of a sequence (Gal & Ghahramani 2016), in
	// [0, 1). In a layer with gates the others are scaled, so that the mean stays. In a plain recurrence they stay as they are: where W keeps
	// norms, the factor would come in at every time step, and the states grow with its power.
	Dropout float64
	// Noise is the standard deviation of a first state that is drawn anew in every step, 0 for one that is not random. It has no effect where
	// the state is carried (Plan.Stream).
	Noise float64
}

func (p Perturb) check(layer string) error {
	if !(p.Dropout >= 0 && p.Dropout < 1) {
		return shapeError(layer, "a dropout of states of %g; want 0 or more and less than 1", p.Dropout)
	}
	if !(p.Noise >= 0 && p.Noise <= math.MaxFloat32) {
		return shapeError(layer, "noise with a standard deviation of %g; want 0 or more", p.Noise)
	}
	return nil
}

// perturbed are the operations and the memory of a Perturb at one shape.
type perturbed struct {
	mask, kept gpu.View // B × n; (T+1)·B × n, Mask∘h_{t−1} of all steps and B more rows, which the gradient of W does not read
	first      gpu.View // h_0, where it is random
	draw       gpu.Dropout
	noise      gpu.Noise
}

// perturb plans a Perturb of the states h of a layer that has gates or none, B = batch of them the first. In training what W is given is kept
// in the view that kept reserves, as large as h, or in h where the last state alone is read as it is.
func (p *Plan) perturb(s Perturb, gated bool, h gpu.View, batch int, kept func() gpu.View) perturbed {
	var out perturbed
	if s.Noise > 0 && !p.Stream {
		out.first = h.RowRange(0, batch)
		out.noise = gpu.Noise{Y: out.first, Clock: p.Clock, Deviation: float32(s.Noise), Seed: p.Seed, Stream: philox.Stream("first state/" + p.scope), Part: p.Part}
	}
	if s.Dropout > 0 && p.Train {
		out.mask, out.kept = p.Unit("mask").Reserve(batch, h.Cols), kept()
		out.draw = gpu.Dropout{Y: out.mask, Clock: p.Clock, Rate: s.Dropout, Seed: p.Seed, Stream: philox.Stream("state dropout/" + p.scope), Unscaled: !gated, Part: p.Part}
	}
	return out
}

// begin records what comes before the time steps. Evaluation shares its memory with training and writes the first state back to zeros.
func (s *perturbed) begin(r *Record) {
	switch {
	case s.first.IsZero():
	case r.Train:
		r.Do(s.noise)
	default:
		r.Do(gpu.Fill{Y: s.first})
	}
	if !s.mask.IsZero() {
		r.Do(s.draw)
	}
}

// masked returns where a recurrence keeps what W is given (T·B × n); zero without a mask.
func (s *perturbed) masked() gpu.View {
	if s.mask.IsZero() {
		return gpu.View{}
	}
	return s.kept.RowRange(0, s.kept.Rows-s.mask.Rows)
}

// given returns the states as W is given them, for the gradient of it: h where there is no mask.
func (s *perturbed) given(h gpu.View) gpu.View {
	if s.mask.IsZero() {
		return h
	}
	return s.kept
}
