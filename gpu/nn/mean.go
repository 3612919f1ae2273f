package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// MeanOverTime is the mean of a sequence's time steps: the output has Length 1.
type MeanOverTime struct{}

// Declare implements Layer.
func (MeanOverTime) Declare(_ *Params, in Shape) (Shape, error) {
	in.Length = 1
	return in, nil
}

// Plan implements Layer.
func (MeanOverTime) Plan(p *Plan, x Flow) (Pass, error) {
	return &meanPass{x: x, out: p.flow("mean", Shape{1, x.Batch, x.Width})}, nil
}

type meanPass struct{ x, out Flow }

func (m *meanPass) Out() Flow { return m.out }

func (m *meanPass) Forward(r *Record) {
	r.Do(gpu.TimeSum{Y: m.out.Y, X: m.x.Y, Alpha: 1 / float32(m.x.Length)})
}

func (m *meanPass) Backward(r *Record) {
	if !m.x.DY.IsZero() {
		r.Do(gpu.Hadamard{Y: m.x.DY, B: m.out.DY, Alpha: 1 / float32(m.x.Length), Beta: r.Beta(m.x.DY)})
	}
}
