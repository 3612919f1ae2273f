package model

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Params keeps every parameter of a network in one flat buffer, so that one operation updates, clips or saves them all. Tensors
// start at multiples of gpu.GroupBlock words; the words between them stay zero. A joined tensor begins where the one before it ends.
type Params struct {
	P, G, M, V *gpu.Buffer // values, gradients, first and second moments (1 × N each)
	Groups     *gpu.Buffer // (N/GroupBlock) × 2: learning rate scale and decay of each block
	tensors    []Tensor
	words      int
}

// Tensor is one named parameter matrix.
type Tensor struct {
	Name       string // as in checkpoints, e.g. "layers.0.U"
	Rows, Cols int
	Off        int     // first word in the flat buffers
	LRScale    float32 // multiplies the learning rate; 0 freezes
	Decay      bool    // weight decay applies
	Zeros      int     // structural zeros among the elements, which are no parameters
	Joined     bool    // lies right behind the tensor before, whose LRScale and Decay it has, so that both are rows of one matrix

	init func(dst []float32) // fills the initial values
}

// Len returns the number of elements.
func (t Tensor) Len() int { return t.Rows * t.Cols }

// add lays out one more tensor and returns its index.
func (p *Params) add(t Tensor) int {
	t.Off = p.words
	if t.Joined {
		t.Off = p.tensors[len(p.tensors)-1].Off + p.tensors[len(p.tensors)-1].Len()
	}
	p.words = (t.Off + t.Len() + gpu.GroupBlock - 1) / gpu.GroupBlock * gpu.GroupBlock
	p.tensors = append(p.tensors, t)
	return len(p.tensors) - 1
}

// allocate makes the buffers and writes the initial values.
func (p *Params) allocate(dev *gpu.Device, decay float32) (err error) {
	for _, b := range []struct {
		dst  **gpu.Buffer
		name string
	}{{&p.P, "parameters"}, {&p.G, "gradients"}, {&p.M, "first moments"}, {&p.V, "second moments"}} {
		if *b.dst, err = dev.NewBuffer(b.name, p.words, gpu.DeviceOnly); err != nil {
			return err
		}
	}
	if p.Groups, err = dev.NewBuffer("parameter groups", p.words/gpu.GroupBlock*2, gpu.DeviceOnly); err != nil {
		return err
	}
	values := make([]float32, p.words)
	for _, t := range p.tensors {
		t.init(values[t.Off : t.Off+t.Len()])
	}
	if err := p.P.Write(0, values); err != nil {
		return err
	}
	return p.Groups.Write(0, p.groupTable(decay))
}

func (p *Params) groupTable(decay float32) []float32 {
	table := make([]float32, p.words/gpu.GroupBlock*2)
	for _, t := range p.tensors {
		for b := t.Off / gpu.GroupBlock; b*gpu.GroupBlock < t.Off+t.Len(); b++ {
			table[2*b] = t.LRScale
			if t.Decay {
				table[2*b+1] = decay
			}
		}
	}
	return table
}

// Tensors lists the parameters in the order of the flat buffers.
func (p *Params) Tensors() []Tensor { return p.tensors }

// Count returns the number of free parameters: neither padding nor structural zeros count. For one spectral layer it is
// (n_out + n_in + 2m + 2)·n − m(m−1) + n_out (Zhang, Lei & Dhillon 2018, with a bias of the output map).
func (p *Params) Count() int {
	n := 0
	for _, t := range p.tensors {
		n += t.Len() - t.Zeros
	}
	return n
}

// view returns tensor i of one of the flat buffers.
func (p *Params) view(b *gpu.Buffer, i int) gpu.View {
	t := p.tensors[i]
	return b.View(t.Off, t.Rows, t.Cols)
}

// value and grad return the views of tensor i.
func (p *Params) value(i int) gpu.View { return p.view(p.P, i) }
func (p *Params) grad(i int) gpu.View  { return p.view(p.G, i) }

// Read returns the values of tensor name, from P, G, M or V.
func (p *Params) Read(b *gpu.Buffer, name string) ([]float32, error) {
	for i, t := range p.tensors {
		if t.Name == name {
			return gpu.ReadView(p.view(b, i))
		}
	}
	return nil, fmt.Errorf("%w: no parameter %q", ErrConfig, name)
}

func (p *Params) close() {
	for _, b := range []*gpu.Buffer{p.Groups, p.V, p.M, p.G, p.P} {
		b.Close()
	}
}
