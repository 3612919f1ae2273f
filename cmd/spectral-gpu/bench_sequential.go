package main

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// The cells of suite step that are no network's but the paper's own algorithm, to measure against.
const (
	cellSequential = "sequential"       // a launch a reflection
	cellFused      = "sequential-fused" // a launch for all reflections of a side
)

// maxLaunches bounds the program of a sequential cell, of which a Vulkan driver keeps about 7 KB a launch.
const maxLaunches = 100_000

// sequential is a recurrence with W = Q(U) diag(σ) Q(V)ᵀ as Zhang, Lei & Dhillon (2018) apply it, one reflection at a time per time step:
//
//	a_t = Q(V)ᵀ h_{t−1},   q_t = Q(U) diag(σ) a_t,   h_t = φ(q_t + z_t),   z_t = Wx x_t + b,   t = 1 … T
//
// forward and backward, with the output map, the loss and the gradients of all parameters of a network with one spectral layer, whose
// parameters and batch it uses. There is no update: that is to its favour. W is never formed.
type sequential struct {
	net  *model.Network
	dev  *gpu.Device
	act  gpu.Activation
	bufs []*gpu.Buffer
	prog *gpu.Program

	fused      bool
	grad       *gpu.Buffer // the gradients, laid out as the network's parameters
	x, labels  gpu.View    // T·B × inputs, 1 × B
	h          gpu.View    // (T+1)·B × n, time-major; the first B rows are h_0 = 0
	a, q       gpu.View    // T·B × n
	delta      gpu.View    // T·B × n, dL/dz
	g          gpu.View    // B × n, the gradient on its way through a step
	du, dv     gpu.View    // T × m·n: the gradients of every time step, summed at the end
	sigma, dsg gpu.View    // 1 × n
	out, dout  gpu.View    // B × outputs
	rows, loss gpu.View    // B × 2, 1 × 2
	share      gpu.View    // 1 × 1: what a sample counts in the mean
}

// launches returns about how many operations a step of a sequential cell has.
func launches(cell string, steps, reflectors int) int {
	if cell == cellFused {
		reflectors = 1
	}
	return 6 * steps * (reflectors + 1)
}

// newSequential makes the sequential form of a network with one spectral layer. The network stays the caller's and must outlive it.
func newSequential(dev *gpu.Device, net *model.Network, fused bool) (_ *sequential, err error) {
	s := &sequential{net: net, dev: dev, fused: fused}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.act, err = model.ParseActivation(net.Config.Activation); err != nil {
		return nil, err
	}
	if err := s.allocate(); err != nil {
		return nil, err
	}
	s.prog, err = dev.Compile("sequential", append(s.forward(), s.backward()...)...)
	return s, err
}

func (s *sequential) allocate() error {
	c := s.net.Config
	rows, n := c.Length*c.Batch, c.Hidden
	for _, v := range []struct {
		dst        *gpu.View
		name       string
		rows, cols int
	}{
		{&s.x, "inputs", rows, c.Input.Width}, {&s.labels, "labels", 1, c.Batch}, {&s.h, "hidden states", rows + c.Batch, n}, {&s.a, "Q(V)ᵀh", rows, n},
		{&s.q, "W h", rows, n}, {&s.delta, "dL/dz", rows, n}, {&s.g, "dL/dh", c.Batch, n}, {&s.du, "dL/dU of every step", c.Length, c.Reflectors * n},
		{&s.dv, "dL/dV of every step", c.Length, c.Reflectors * n}, {&s.sigma, "σ", 1, n}, {&s.dsg, "dL/dσ", 1, n}, {&s.out, "outputs", c.Batch, c.Output.Width},
		{&s.dout, "output gradients", c.Batch, c.Output.Width}, {&s.rows, "row losses", c.Batch, 2}, {&s.loss, "loss", 1, 2}, {&s.share, "share of a sample", 1, 1},
	} {
		b, err := s.buffer(v.name, v.rows*v.cols)
		if err != nil {
			return err
		}
		*v.dst = b.View(0, v.rows, v.cols)
	}
	var err error
	if s.grad, err = s.buffer("gradients", s.net.Params().Words()); err != nil {
		return err
	}
	batch := s.net.Batch()
	if err := gpu.WriteView(s.x, batch.Values); err != nil {
		return err
	}
	if err := gpu.WriteView(s.share, []float32{1 / float32(len(batch.Labels))}); err != nil {
		return err
	}
	return gpu.WriteView(s.labels, gpu.AsFloats(batch.Labels))
}

func (s *sequential) buffer(name string, words int) (*gpu.Buffer, error) {
	b, err := s.dev.NewBuffer(name, words, gpu.DeviceOnly)
	if err != nil {
		return nil, fmt.Errorf("the sequential cell, T=%d B=%d n=%d: %w", s.net.Config.Length, s.net.Config.Batch, s.net.Config.Hidden, err)
	}
	s.bufs = append(s.bufs, b)
	return b, nil
}

// value and gradient return the views of a parameter of the network by its name.
func (s *sequential) value(name string) gpu.View    { return s.tensor(s.net.Params().Values(), name) }
func (s *sequential) gradient(name string) gpu.View { return s.tensor(s.grad, name) }

func (s *sequential) tensor(b *gpu.Buffer, name string) gpu.View {
	t, err := s.net.Params().Find(name)
	if err != nil {
		return gpu.View{} // refused by Compile as a missing operand
	}
	return t.In(b)
}

// step returns the B rows of time step t = 0 … T−1 of a T·B × n view.
func (s *sequential) step(v gpu.View, t int) gpu.View {
	return v.RowRange(t*s.net.Config.Batch, (t+1)*s.net.Config.Batch)
}

func (s *sequential) close() {
	s.prog.Close()
	for _, b := range s.bufs {
		b.Close()
	}
}
