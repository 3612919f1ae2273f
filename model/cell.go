package model

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/data/philox"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// recurrence is how a layer keeps its n × n recurrent matrix W. Its operations are recorded into the programs of the network.
type recurrence interface {
	// weight returns W and gradient the place for dL/dW (n × n each).
	weight() gpu.View
	gradient() gpu.View
	// materialise computes W from the parameters; backward turns dL/dW into the gradients of the parameters; project restores
	// the invariants of the parameters after an update.
	materialise() []gpu.Op
	backward() ([]gpu.Op, error)
	project() []gpu.Op
	// sigma returns the singular values (1 × n), or a zero view where W is not factored.
	sigma() gpu.View
	// reflectors returns the sets of reflectors (m × n each), none where W is not factored.
	reflectors() []gpu.View
	close()
}

// newRecurrence lays out the parameters of a layer's recurrence; finish is called once the parameters are allocated.
func newRecurrence(c Config, p *Params, prefix string) (finish func(dev *gpu.Device) (recurrence, error)) {
	if c.Cell.Factored() {
		return newSpectral(c, p, prefix)
	}
	return newDense(c, p, prefix)
}

// dense is a free W, its own parameter.
type dense struct {
	p *Params
	w int
}

func newDense(c Config, p *Params, prefix string) func(*gpu.Device) (recurrence, error) {
	n := c.Hidden
	d := &dense{p: p}
	d.w = p.add(Tensor{Name: prefix + "W", Rows: n, Cols: n, LRScale: 1, Decay: true, init: func(dst []float32) {
		if c.Cell == IRNN {
			for i := range n {
				dst[i*n+i] = 1
			}
			return
		}
		uniform(dst, c.Seed, prefix+"W", 1/math.Sqrt(float64(n)))
	}})
	return func(*gpu.Device) (recurrence, error) { return d, nil }
}

func (d *dense) weight() gpu.View            { return d.p.value(d.w) }
func (d *dense) gradient() gpu.View          { return d.p.grad(d.w) }
func (d *dense) materialise() []gpu.Op       { return nil }
func (d *dense) backward() ([]gpu.Op, error) { return nil, nil }
func (d *dense) project() []gpu.Op           { return nil }
func (d *dense) sigma() gpu.View             { return gpu.View{} }
func (d *dense) reflectors() []gpu.View      { return nil }
func (d *dense) close()                      {}

// uniform fills dst with numbers in (−bound, bound) that depend on the seed and the parameter's name alone.
func uniform(dst []float32, seed uint64, name string, bound float64) {
	src := philox.New(seed, philox.Stream("init/"+name))
	for i := range dst {
		dst[i] = float32((2*src.Float64() - 1) * bound)
	}
}
