package main

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

const (
	inputs, hidden, classes = 2, 32, 2
	batch                   = 128
)

// ring is a stream of points of the square [−1, 1]²; those with a distance of 0.4 to 0.8 from the middle are of class 1.
type ring struct{ src *philox.Source }

func newRing(seed uint64) *ring { return &ring{philox.New(seed, philox.Stream("ring"))} }

func (r *ring) batch(x []float32, labels []int32) {
	for i := range batch {
		a, b := 2*r.src.Float64()-1, 2*r.src.Float64()-1
		x[2*i], x[2*i+1] = float32(a), float32(b)
		labels[i] = 0
		if d := math.Hypot(a, b); d > 0.4 && d < 0.8 {
			labels[i] = 1
		}
	}
}

// network is the two layers, what flows between them, and two programs: a training step and an evaluation.
type network struct {
	first, second     *hh.Layer
	x, labels, result *gpu.Buffer
	hyper             *gpu.Buffer
	training, eval    *gpu.Program
	closers           []func()
}

func newNetwork(dev *gpu.Device) (*network, error) {
	n := &network{}
	if err := n.build(dev); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *network) build(dev *gpu.Device) (err error) {
	// W₁ is 32 × 2 and W₂ is 2 × 32, two reflectors a side, singular values positive and free.
	cfg := hh.LayerConfig{Batch: batch, Reflectors: 2, Map: gpu.SigmaPositive, Bias: true}
	one, two := cfg, cfg
	one.In, one.Out, one.Center, one.Activation = inputs, hidden, 1, gpu.Activation{Kind: gpu.Tanh}
	two.In, two.Out, two.Center = hidden, classes, 1
	if n.first, err = n.layer(dev, one, 1, 2); err != nil {
		return err
	}
	if n.second, err = n.layer(dev, two, 2, 0.2); err != nil {
		return err
	}
	buffer := func(name string, words int, usage gpu.Usage) (b *gpu.Buffer) {
		if err == nil {
			if b, err = dev.NewBuffer(name, words, usage); err == nil {
				n.closers = append(n.closers, b.Close)
			}
		}
		return b
	}
	n.x = buffer("x", batch*inputs, gpu.HostToDevice)
	n.labels = buffer("labels", batch, gpu.HostToDevice)
	n.result = buffer("result", 2, gpu.DeviceToHost)
	n.hyper = buffer("hyper", gpu.HyperLen, gpu.HostToDevice)
	flow := buffer("flow", batch*(2*hidden+2*classes+2)+1, gpu.DeviceOnly)
	if err != nil {
		return err
	}
	x := n.x.View(0, batch, inputs)
	h, dh := flow.View(0, batch, hidden), flow.View(batch*hidden, batch, hidden)
	y, dy := flow.View(2*batch*hidden, batch, classes), flow.View(batch*(2*hidden+classes), batch, classes)
	rows := flow.View(batch*(2*hidden+2*classes), batch, 2)
	share := flow.View(batch*(2*hidden+2*classes+2), 1, 1) // of a sample in the mean

	var ops list
	ops.add(n.first.Forward(h, x))
	ops.add(n.second.Forward(y, h))
	ops.add([]gpu.Op{
		gpu.Fill{Y: share, Value: 1.0 / batch},
		gpu.SoftmaxCrossEntropy{Rows: rows, DLogits: dy, Logits: y, Labels: n.labels.View(0, 1, batch), Scale: share},
		gpu.ColDot{Out: n.result.View(0, 1, 2), A: rows, Alpha: 1.0 / batch}, // mean loss and share of right answers
	}, nil)
	evaluation := len(ops.ops)
	ops.add(n.second.Backward(dh, dy, y, h))
	ops.add(n.first.Backward(gpu.View{}, dh, h, x))
	for _, l := range []*hh.Layer{n.first, n.second} {
		ops.add(n.optimizer(dev, l))
		ops.add(l.Project(), nil)
	}
	if ops.err != nil {
		return ops.err
	}
	if n.training, err = dev.Compile("training step", ops.ops...); err != nil {
		return err
	}
	n.eval, err = dev.Compile("evaluation", ops.ops[:evaluation]...)
	return err
}

// list gathers operations and the first error.
type list struct {
	ops []gpu.Op
	err error
}

func (l *list) add(ops []gpu.Op, err error) {
	if l.err == nil {
		l.ops, l.err = append(l.ops, ops...), err
	}
}

// layer makes a layer and starts it from a dense random matrix with entries of the given size, factored.
func (n *network) layer(dev *gpu.Device, cfg hh.LayerConfig, seed uint64, size float64) (*hh.Layer, error) {
	l, err := hh.NewLayer(dev, cfg)
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, l.Close)
	src := philox.New(seed, philox.Stream("init"))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(size * src.Normal())
		}
		return x
	}
	factors, err := hh.FromDense(random(cfg.Out*cfg.In), cfg.Out, cfg.In)
	if err != nil {
		return nil, err
	}
	if err := l.Set(factors); err != nil {
		return nil, err
	}
	_, bias := l.Weights()
	return l, gpu.WriteView(bias, random(bias.Cols))
}

// optimizer returns a step of Adam over the parameters of a layer.
func (n *network) optimizer(dev *gpu.Device, l *hh.Layer) ([]gpu.Op, error) {
	words := l.Parameters().Cols
	blocks := (words + gpu.GroupBlock - 1) / gpu.GroupBlock
	state, err := dev.NewBuffer("adam", 2*words+2+2*blocks, gpu.DeviceOnly)
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, state.Close)
	norm, groups := state.View(2*words, 1, 2), state.View(2*words+2, blocks, 2)
	settings := make([]float32, 2*blocks) // (scale of the learning rate, weight decay) of every block
	for i := range blocks {
		settings[2*i] = 1
	}
	if err := gpu.WriteView(groups, settings); err != nil {
		return nil, err
	}
	return []gpu.Op{
		gpu.Norm{Out: norm, X: l.Gradients()},
		gpu.Adam{P: l.Parameters(), G: l.Gradients(), M: state.View(0, 1, words), V: state.View(words, 1, words),
			Hyper: n.hyper.View(0, 1, gpu.HyperLen), Norm: norm, Groups: groups},
	}, nil
}

// step trains on the batch in the host's buffers; it is number t, from 1.
func (n *network) step(t int) (loss, right float64, err error) {
	h := n.hyper.Host()
	h[gpu.HyperLR], h[gpu.HyperBeta1], h[gpu.HyperBeta2], h[gpu.HyperEps] = 0.01, 0.9, 0.999, 1e-8
	h[gpu.HyperCorrect1] = float32(1 - math.Pow(0.9, float64(t)))
	h[gpu.HyperCorrect2] = float32(1 - math.Pow(0.999, float64(t)))
	err = n.training.Run()
	return float64(n.result.Host()[0]), float64(n.result.Host()[1]), err
}

func (n *network) evaluate() (loss, right float64, err error) {
	err = n.eval.Run()
	return float64(n.result.Host()[0]), float64(n.result.Host()[1]), err
}

func (n *network) spectrum() (hh.Spectrum, error) { return hh.ReadSpectrum(n.first.Sigma()) }

func (n *network) close() {
	n.training.Close()
	n.eval.Close()
	for i := len(n.closers) - 1; i >= 0; i-- {
		n.closers[i]()
	}
}
