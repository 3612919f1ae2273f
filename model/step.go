package model

import (
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Stats is what one step of training or evaluation tells.
type Stats struct {
	LossSum            float64 // sum over the batch's samples of the loss (cross-entropy in nats, or squared error)
	Correct            float64 // samples whose largest output is the label's
	GradNorm           float64 // global norm before clipping; 0 in evaluation
	Finite             bool    // loss and every gradient are finite
	SigmaMin, SigmaMax float64 // over all layers; 0 where W is not factored
}

// TrainStep runs one step of training on the batch in memory. step counts from 1, epoch from 0; they set the learning rate and Adam's
// bias correction. When a gradient is not finite, Stats.Finite is false and the parameters are as they were before. It does not allocate.
func (m *Network) TrainStep(step int64, epoch int) (Stats, error) {
	m.Optimizer.hyper(m.io.hyper.Host()[:gpu.HyperLen], step, epoch)
	if err := m.train.Run(); err != nil {
		return Stats{}, err
	}
	return m.stats(true), nil
}

// EvalStep runs the network forward on the batch in memory. It does not allocate.
func (m *Network) EvalStep() (Stats, error) {
	if err := m.eval.Run(); err != nil {
		return Stats{}, err
	}
	return m.stats(false), nil
}

func (m *Network) stats(train bool) Stats {
	c, w := m.Config, m.io.stats.Host()
	s := Stats{}
	for i := range c.Batch {
		s.LossSum += float64(w[statRows+2*i])
		s.Correct += float64(w[statRows+2*i+1])
	}
	s.Finite = !math.IsNaN(s.LossSum) && !math.IsInf(s.LossSum, 0)
	if train {
		s.GradNorm = float64(w[statNorm])
		s.Finite = s.Finite && w[statFinite] == 1
	}
	for l, ly := range m.layers {
		if ly.rec.sigma().IsZero() {
			continue
		}
		sigma := w[statSigma(c, l):][:c.Hidden]
		lo, hi := float64(slices.Min(sigma)), float64(slices.Max(sigma)) // NaN where there is one
		if l == 0 {
			s.SigmaMin, s.SigmaMax = lo, hi
		}
		s.SigmaMin, s.SigmaMax = min(s.SigmaMin, lo), max(s.SigmaMax, hi)
	}
	return s
}

// Outputs returns the outputs of the last step, B × Outputs.
func (m *Network) Outputs() ([]float32, error) { return gpu.ReadView(m.head.out) }

// last returns h_T of the top layer, B × n.
func (m *Network) last() gpu.View {
	c := m.Config
	return m.layers[c.Layers-1].h.RowRange(c.Steps*c.Batch, (c.Steps+1)*c.Batch)
}

// forward is what training and evaluation share, up to the loss.
func (m *Network) forward(gradient bool) []gpu.Op {
	var ops []gpu.Op
	for l, ly := range m.layers {
		ops = append(ops, ly.rec.prepare()...)
		ops = append(ops, ly.rec.forward(m.run(l), gradient)...)
	}
	return append(ops, m.head.forward(m, gradient)...)
}

// run returns what the recurrence of a layer runs over.
func (m *Network) run(l int) *layerRun {
	c, ly := m.Config, m.layers[l]
	dh := m.head.dh
	if l < c.Layers-1 {
		dh = ly.delta // written by the layer above
	}
	return &layerRun{h: ly.h, x: ly.in, delta: ly.delta, dh: dh, dh0: ly.dh0, wx: m.params.value(ly.wx), bias: m.params.value(ly.bias),
		dwx: m.params.grad(ly.wx), dbias: m.params.grad(ly.bias), steps: c.Steps, batch: c.Batch, act: m.act}
}

func (m *Network) evalOps() []gpu.Op { return m.forward(false) }

func (m *Network) trainOps() ([]gpu.Op, error) {
	c := m.Config
	ops := append(m.forward(true), m.head.backward(m)...)
	for l := c.Layers - 1; l >= 0; l-- {
		ly := m.layers[l]
		back, err := ly.rec.backward(m.run(l))
		if err != nil {
			return nil, err
		}
		ops = append(ops, back...)
		if ly.below != nil {
			ops = append(ops, gpu.Gemm{C: *ly.below, A: ly.delta, B: m.params.value(ly.wx), Alpha: 1})
		}
	}
	norm := m.io.stats.View(statNorm, 1, 2)
	ops = append(ops, gpu.Norm{Out: norm, X: m.params.G.All()}, m.Optimizer.op(&m.params, m.io.hyper.View(0, 1, gpu.HyperLen), norm))
	for _, ly := range m.layers {
		ops = append(ops, ly.rec.project()...)
	}
	return ops, nil
}
