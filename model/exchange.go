package model

import (
	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// exchange is the memory that host and device share: the batch and the optimiser's settings go in, the statistics of the step
// come out.
type exchange struct {
	x, labels, targets, hyper *gpu.Buffer
	stats                     *gpu.Buffer
}

// Offsets of the statistics of a step. What different operations write begins at multiples of 64 words.
const (
	statNorm   = 0  // gradient norm
	statFinite = 1  // 1 where every gradient is finite
	statRows   = 64 // B × 2: the loss of every row, and 1 where it is right
	statAlign  = 64
)

// statSigma returns the offset of the singular values of layer l, n words.
func statSigma(c Config, l int) int {
	up := func(words int) int { return (words + statAlign - 1) / statAlign * statAlign }
	return statRows + up(2*c.Batch) + l*up(c.Hidden)
}

func statsLen(c Config) int64 { return int64(statSigma(c, c.Layers)) }

func (e *exchange) allocate(m *Network) error {
	c := m.Config
	for _, b := range []struct {
		dst   **gpu.Buffer
		name  string
		words int
		usage gpu.Usage
	}{
		{&e.x, "inputs", c.Steps * c.Batch * c.Inputs, gpu.HostToDevice},
		{&e.labels, "labels", c.Batch, gpu.HostToDevice},
		{&e.targets, "targets", c.Batch * c.Outputs, gpu.HostToDevice},
		{&e.hyper, "optimiser settings", gpu.HyperLen + 1, gpu.HostToDevice},
		{&e.stats, "statistics", int(statsLen(c)), gpu.DeviceToHost},
	} {
		var err error
		if *b.dst, err = m.shared(b.name, b.words, b.usage); err != nil {
			return err
		}
	}
	e.hyper.Host()[gpu.HyperLen] = 1 / float32(c.Batch)
	return nil
}

// shareView holds what a sample counts in the mean.
func (e *exchange) shareView() gpu.View { return e.hyper.View(gpu.HyperLen, 1, 1) }

func (e *exchange) rowsView(c Config) gpu.View { return e.stats.View(statRows, c.Batch, 2) }
func (e *exchange) sigmaView(c Config, l int) gpu.View {
	return e.stats.View(statSigma(c, l), 1, c.Hidden)
}
func (e *exchange) labelView(c Config) gpu.View  { return e.labels.View(0, 1, c.Batch) }
func (e *exchange) targetView(c Config) gpu.View { return e.targets.View(0, c.Batch, c.Outputs) }

func (e *exchange) batch(c Config) data.Batch {
	b := data.Batch{Size: c.Batch, Length: c.Steps, Values: e.x.Host()[:c.Steps*c.Batch*c.Inputs], Labels: e.labels.HostInts()[:c.Batch]}
	if c.Kind == data.SquaredError {
		b.Targets = e.targets.Host()[:c.Batch*c.Outputs]
	}
	return b
}
