package model

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all" // whoever builds networks has every executor
)

// Network is a stack of recurrences with an output map on the last hidden state, its parameters and its two programs.
type Network struct {
	Config    Config
	Optimizer Optimizer

	dev    *gpu.Device
	form   Form // of W in the time steps
	act    gpu.Activation
	params Params
	layers []*layer
	head   head
	io     exchange
	train  *gpu.Program
	eval   *gpu.Program
	defect *defects // made at the first Defect
	bufs   []*gpu.Buffer
}

// layer is one recurrence: its input map, its W and its activations.
type layer struct {
	rec           recurrence
	wx, bias      int       // tensors
	in            gpu.View  // T·B × k, the input of the layer
	h, delta, dh0 gpu.View  // (T+1)·B × n, T·B × n, B × n
	below         *gpu.View // dL/d(input), T·B × k: the DH of the layer below; nil for the first layer
}

// New builds a network on a device. The device stays the caller's. Errors: ErrConfig, gpu.ErrOutOfMemory.
func New(dev *gpu.Device, c Config, o Optimizer) (_ *Network, err error) {
	if err := firstError(c.Check(), o.Check()); err != nil {
		return nil, err
	}
	m := &Network{Config: c, Optimizer: o, dev: dev, form: c.formOn(dev.Info().Kind)}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	m.act, _ = ParseActivation(c.Activation)
	finish := m.layout()
	if err := m.params.allocate(dev, float32(o.Decay)); err != nil {
		return nil, m.explain(err)
	}
	if err := m.allocate(finish); err != nil {
		return nil, m.explain(err)
	}
	ops, err := m.trainOps()
	if err != nil {
		return nil, err
	}
	if m.train, err = dev.Compile("train", ops...); err != nil {
		return nil, m.explain(err)
	}
	if m.eval, err = dev.Compile("eval", m.evalOps()...); err != nil {
		return nil, m.explain(err)
	}
	return m, nil
}

// layout lays out the parameters and returns what finishes each layer's recurrence once they are allocated.
func (m *Network) layout() []func(*gpu.Device, gpu.View) (recurrence, error) {
	c := m.Config
	c.Form = m.form
	var finish []func(*gpu.Device, gpu.View) (recurrence, error)
	inputs := c.Inputs
	for l := range c.Layers {
		prefix := fmt.Sprintf("layers.%d.", l)
		ly := &layer{}
		finish = append(finish, newRecurrence(c, &m.params, prefix))
		ly.wx = m.params.add(Tensor{Name: prefix + "Wx", Rows: c.Hidden, Cols: inputs, LRScale: 1, Decay: true, init: func(dst []float32) {
			uniform(dst, c.Seed, prefix+"Wx", 1/math.Sqrt(float64(max(inputs, c.Hidden))))
		}})
		ly.bias = m.params.add(Tensor{Name: prefix + "b", Rows: 1, Cols: c.Hidden, LRScale: 1, init: func([]float32) {}})
		m.layers = append(m.layers, ly)
		inputs = c.Hidden
	}
	m.head.layout(c, &m.params)
	return finish
}

// allocate makes the activations and gradients of every layer.
func (m *Network) allocate(finish []func(*gpu.Device, gpu.View) (recurrence, error)) error {
	c := m.Config
	if err := m.io.allocate(m); err != nil {
		return err
	}
	rows, in := c.Steps*c.Batch, m.io.x.View(0, c.Steps*c.Batch, c.Inputs)
	for l, ly := range m.layers {
		rec, err := finish[l](m.dev, m.io.sigmaView(c, l))
		if err != nil {
			return err
		}
		ly.rec, ly.in = rec, in
		if err := m.allocateStates(l); err != nil {
			return err
		}
		dh0, err := m.buffer(fmt.Sprintf("dL/dh0 of layer %d", l), c.Batch*c.Hidden)
		if err != nil {
			return err
		}
		ly.dh0 = dh0.View(0, c.Batch, c.Hidden)
		if l > 0 {
			ly.below = &m.layers[l-1].delta // a layer's Delta may be its DH, in place
		}
		in = ly.h.RowRange(c.Batch, rows+c.Batch)
	}
	return m.head.allocate(m)
}

// jointBytes is the largest buffer for both the states and their gradients: every Vulkan device allocates as much.
const jointBytes = 1 << 30

// allocateStates makes the hidden states of a layer and their gradients: in one buffer where that is not too large, so that products over
// the one and over the other can be one batch.
func (m *Network) allocateStates(l int) error {
	c, ly := m.Config, m.layers[l]
	n, rows := c.Hidden, c.Steps*c.Batch
	size := fmt.Sprintf("of layer %d (T=%d B=%d n=%d)", l, c.Steps, c.Batch, n)
	states, gradients := (rows+c.Batch)*n, rows*n
	gap := (gpu.GroupBlock - states%gpu.GroupBlock) % gpu.GroupBlock // begins where a buffer could
	if 4*(states+gap+gradients) <= jointBytes {
		b, err := m.buffer("hidden states and their gradients "+size, states+gap+gradients)
		if err != nil {
			return err
		}
		ly.h, ly.delta = b.View(0, rows+c.Batch, n), b.View(states+gap, rows, n)
		return nil
	}
	h, err := m.buffer("hidden states "+size, states)
	if err != nil {
		return err
	}
	delta, err := m.buffer("state gradients "+size, gradients)
	if err != nil {
		return err
	}
	ly.h, ly.delta = h.View(0, rows+c.Batch, n), delta.View(0, rows, n)
	return nil
}

// buffer allocates device memory that the network owns.
func (m *Network) buffer(name string, words int) (*gpu.Buffer, error) {
	return m.shared(name, words, gpu.DeviceOnly)
}

func (m *Network) shared(name string, words int, usage gpu.Usage) (*gpu.Buffer, error) {
	b, err := m.dev.NewBuffer(name, words, usage)
	if err == nil {
		m.bufs = append(m.bufs, b)
	}
	return b, err
}

// explain adds to an out-of-memory error what would fit.
func (m *Network) explain(err error) error {
	if err == nil {
		return nil
	}
	c := m.Config
	return fmt.Errorf("network of %d layers, T=%d B=%d n=%d, which needs %.2f GiB (halving --batch halves the hidden states): %w",
		c.Layers, c.Steps, c.Batch, c.Hidden, float64(MemoryBytes(c))/(1<<30), err)
}

// MemoryBytes returns the device memory that a network of these settings allocates for its buffers, in bytes: parameters with
// their gradients and moments (4 N), hidden states and their gradients (2·T·B·n a layer), batch, and W with its factors. Scratch
// memory of single operations is not part of it.
func MemoryBytes(c Config) int64 {
	rows, n, b := int64(c.Steps)*int64(c.Batch), int64(c.Hidden), int64(c.Batch)
	words := rows*int64(c.Inputs) + b*(1+3*int64(c.Outputs)) // batch, logits, their gradient
	words += int64(c.Layers) * ((2*rows+2*b)*n + spectralWords(c))
	m := Network{Config: c, form: c.Form}
	m.layout()
	words += 4*int64(m.params.words) + int64(m.params.words)/gpu.GroupBlock*2
	return 4 * (words + b*n + statsLen(c) + gpu.HyperLen)
}

// Form returns how W takes part in the time steps: FormMatrix or FormFactors, FormMatrix where it is not factored.
func (m *Network) Form() Form { return m.form }

// Params returns the parameters.
func (m *Network) Params() *Params { return &m.params }

// Device returns the device the network lives on.
func (m *Network) Device() *gpu.Device { return m.dev }

// Programs returns the recorded programs of a training step and of an evaluation step.
func (m *Network) Programs() (train, eval *gpu.Program) { return m.train, m.eval }

// Batch returns the memory that holds the next batch, as a data source fills it.
func (m *Network) Batch() data.Batch { return m.io.batch(m.Config) }

// Close frees the programs and buffers of the network.
func (m *Network) Close() {
	m.train.Close()
	m.eval.Close()
	m.defect.close()
	for _, l := range m.layers {
		if l.rec != nil {
			l.rec.close()
		}
	}
	for _, b := range m.bufs {
		b.Close()
	}
	m.bufs = nil
	m.params.close()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
