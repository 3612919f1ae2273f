package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all" // whoever builds networks has every executor
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// Network is the network of a Config on a device, with its optimiser.
type Network struct {
	Config    Config
	Optimizer Optimizer

	// Vote is what this rank says to a question that all decide together, whether to stop: TrainStep and EvalStep carry it to the others.
	Vote bool

	shared
	net    *nn.Network
	defect *defects // made at the first Defect
}

// New builds a network on a device. The device stays the caller's. Errors: ErrConfig, gpu.ErrOutOfMemory.
func New(dev *gpu.Device, c Config, o Optimizer) (*Network, error) {
	return build(dev, c, o, shared{rows: c.Batch})
}

// build makes the network of a whole batch, or of a rank's part of it.
func build(dev *gpu.Device, c Config, o Optimizer, s shared) (*Network, error) {
	cfg, err := describe(c, o)
	if err != nil {
		return nil, err
	}
	part := c
	part.Batch = s.rows
	if err := fits(dev, part, o); err != nil {
		return nil, err
	}
	m := &Network{Config: c, Optimizer: o, shared: s}
	m.share(&cfg)
	m.net, err = nn.New(dev, cfg)
	switch of := (*ranks.Error)(nil); {
	case errors.Is(err, gpu.ErrNoDevice), errors.As(err, &of):
		return nil, err
	case err != nil:
		need, _ := nn.Measure(dev, cfg)
		return nil, fmt.Errorf("network of %d layers, T=%d B=%d n=%d, which needs %.2f GiB (halving --batch halves the hidden states): %w",
			c.Layers, c.Length, s.rows, c.Hidden, float64(need.Buffers+need.Scratch)/(1<<30), err)
	}
	return m, nil
}

// describe returns what package nn needs to know; its error is ErrConfig.
func describe(c Config, o Optimizer) (nn.Config, error) {
	if err := firstError(c.Check(), o.Check()); err != nil {
		return nn.Config{}, err
	}
	out := nn.Config{Layer: c.network(), Loss: nn.Loss(nn.CrossEntropy{}), Rule: o.rule(), In: nn.Shape{Length: c.Length, Batch: c.Batch, Width: c.Input.Width},
		Tokens: c.Input.IsTokens(), Stream: c.Stream, Seed: c.Seed, Decay: o.Decay, Rates: o.rates()}
	if out.Tokens {
		out.In.Width = 1
	}
	if c.Output.Loss == data.SquaredError {
		out.Loss = nn.SquaredError{}
	}
	return out, nil
}

// Measure returns the memory that New allocates for a network on a device: exact, before anything is allocated.
func Measure(dev *gpu.Device, c Config, o Optimizer) (nn.Memory, error) {
	cfg, err := describe(c, o)
	if err != nil {
		return nn.Memory{}, err
	}
	return nn.Measure(dev, cfg)
}

// Scratch returns the bytes that the programs hold beside the buffers.
func (m *Network) Scratch() int64 { return m.net.Scratch() }

// Form returns how the factored weights take part: that of the last one, FormMatrix where there are none.
func (m *Network) Form() Form {
	form := FormMatrix
	for _, w := range m.net.Params.Weights() {
		if s, ok := w.(*hh.Weight); ok {
			form = Form(s.Chosen().String())
		}
	}
	return form
}

// Params returns the parameters.
func (m *Network) Params() *nn.Params { return m.net.Params }

// Device returns the device the network lives on.
func (m *Network) Device() *gpu.Device { return m.net.Device() }

// Programs returns the recorded programs of a training step and of an evaluation step.
func (m *Network) Programs() (train, eval *gpu.Program) {
	return m.net.Train.Program(), m.net.Eval.Program()
}

// StepStats counts what a training step does on the device.
func (m *Network) StepStats() gpu.Stats { return m.net.StepStats() }

// Batch returns the memory that holds the next batch of training, as a data source fills it, or this rank's part of it (Take); EvalBatch that of
// evaluation.
func (m *Network) Batch() data.Batch { return m.batch(m.net.Train) }

// EvalBatch returns the memory that holds the next batch of evaluation.
func (m *Network) EvalBatch() data.Batch { return m.batch(m.net.Eval) }

func (m *Network) batch(r *nn.Run) data.Batch {
	b := data.Batch{Size: m.rows, Length: m.Config.Length, Labels: r.Labels(), Targets: r.Targets()}
	if m.Config.Input.IsTokens() {
		b.Tokens = r.Tokens()
	} else {
		b.Values = r.Values()
	}
	return b
}

// Stats is what one step of training or evaluation tells.
type Stats struct {
	LossSum            float64 // sum over the targets that count of the loss (cross-entropy in nats, or squared error)
	Correct            float64 // targets that count whose largest output is the label's
	GradNorm           float64 // global norm before clipping; 0 in evaluation
	Finite             bool    // loss and every gradient are finite
	SigmaMin, SigmaMax float64 // over all weights; 0 where none is factored
	Vote               bool    // Network.Vote of any rank
}

// TrainStep runs one step of training on the batch in memory, of which counted targets count, from a position: it sets the learning
// rate and Adam's bias correction. When a gradient is not finite, Stats.Finite is false and the parameters are as they were
// before. It does not allocate.
func (m *Network) TrainStep(from Position, counted int) (Stats, error) {
	m.tail[2] = voteOf(m.Vote)
	s, err := m.net.TrainStep(from.Step+1, m.Optimizer.Rate(from), counted)
	return m.stats(s), err
}

// EvalStep runs the network forward on the batch of EvalBatch. It does not allocate.
func (m *Network) EvalStep() (Stats, error) {
	s, err := m.net.EvalStep()
	m.tail[2] = voteOf(m.Vote)
	if err == nil {
		err = m.add(&s.LossSum, &s.Correct, &m.tail[2])
	}
	return m.stats(s), err
}

func (m *Network) stats(s nn.Stats) Stats {
	out := Stats{LossSum: s.LossSum, Correct: s.Correct, GradNorm: s.GradNorm}
	out.Vote = m.tail[2] > 0
	out.Finite = s.Finite && !math.IsNaN(s.LossSum) && !math.IsInf(s.LossSum, 0)
	first := true
	for _, w := range m.net.Params.Weights() {
		f, ok := w.(nn.Factored)
		if !ok {
			continue
		}
		sigma := nn.Host(f.Sigma())
		lo, hi := float64(slices.Min(sigma)), float64(slices.Max(sigma)) // NaN where there is one
		if first {
			out.SigmaMin, out.SigmaMax, first = lo, hi, false
		}
		out.SigmaMin, out.SigmaMax = min(out.SigmaMin, lo), max(out.SigmaMax, hi)
	}
	return out
}

// Spectrum is the singular values of a factored weight, as the last step had them.
type Spectrum struct {
	Name  string    // of the weight, such as layers.0.W
	Sigma []float32 // in no order; memory of the network, valid until its next step
}

// Spectra returns the singular values of every factored weight; none where weights are free.
func (m *Network) Spectra() []Spectrum {
	var names []string
	for _, t := range m.net.Params.Tensors() {
		if name, ok := strings.CutSuffix(t.Name, ".s"); ok { // of which there is one a factored weight, in their order
			names = append(names, name+".W")
		}
	}
	var out []Spectrum
	for _, w := range m.net.Params.Weights() {
		if f, ok := w.(nn.Factored); ok && len(out) < len(names) {
			out = append(out, Spectrum{names[len(out)], nn.Host(f.Sigma())})
		}
	}
	return out
}

// TailSum returns the sums of losses and of right answers of the last evaluation step over the last steps of time alone.
func (m *Network) TailSum(steps int) (loss, correct float64, err error) {
	if loss, correct, err = m.net.Eval.TailSum(steps); err == nil {
		err = m.add(&loss, &correct)
	}
	return loss, correct, err
}

// Outputs returns the outputs of the last evaluation step, a row for each target.
func (m *Network) Outputs() ([]float32, error) { return m.net.Eval.Outputs() }

// ResetStates makes the next batch of training, or of evaluation, the beginning of a stream.
func (m *Network) ResetStates(train bool) error {
	if train {
		return m.net.Train.ResetStates()
	}
	return m.net.Eval.ResetStates()
}

// Close frees the programs and the memory of the network.
func (m *Network) Close() {
	if m == nil {
		return
	}
	m.defect.close()
	m.net.Close()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
