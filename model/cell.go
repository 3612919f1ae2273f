package model

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// recurrence is how a layer keeps its n × n recurrent matrix W. Its operations are recorded into the programs of the network.
type recurrence interface {
	// prepare computes what the time steps need from the parameters; project restores the invariants of the parameters after
	// an update.
	prepare() []gpu.Op
	project() []gpu.Op
	// forward runs all time steps, and keeps what backward needs with gradient. backward makes δ and the gradients of the
	// parameters of W, and of the input map.
	forward(l *layerRun, gradient bool) []gpu.Op
	backward(l *layerRun) ([]gpu.Op, error)
	// sigma returns the singular values (1 × n), or a zero view where W is not factored.
	sigma() gpu.View
	// reflectors returns the sets of reflectors (m × n each), none where W is not factored.
	reflectors() []gpu.View
	close()
}

// layerRun is what a layer's recurrence runs over. States and their gradients have T·B rows, h has B more in front (gpu.RNNForward).
type layerRun struct {
	h, x, delta, dh, dh0 gpu.View
	wx, bias, dwx, dbias gpu.View
	steps, batch         int
	act                  gpu.Activation
}

// gradient returns the operation of the weights' gradients, complete but for DW.
func (l *layerRun) gradient() gpu.RNNGradient {
	return gpu.RNNGradient{DWx: l.dwx, DBias: l.dbias, Delta: l.delta, H: l.h, X: l.x, T: l.steps, B: l.batch}
}

// forwardBy and backwardBy return the operations of a layer with W and dL/dW at hand.
func (l *layerRun) forwardBy(w gpu.View) gpu.Op {
	return gpu.RNNForward{H: l.h, W: w, X: l.x, Wx: l.wx, Bias: l.bias, T: l.steps, B: l.batch, Act: l.act}
}

func (l *layerRun) backwardBy(w, dw gpu.View) []gpu.Op {
	g := l.gradient()
	g.DW = dw
	return []gpu.Op{gpu.RNNBackward{Delta: l.delta, W: w, H: l.h, DH: l.dh, DH0: l.dh0, T: l.steps, B: l.batch, Act: l.act}, g}
}

// newRecurrence lays out the parameters of a layer's recurrence; finish is called once the parameters are allocated, with the place for
// the singular values (1 × n).
func newRecurrence(c Config, p *Params, prefix string) (finish func(dev *gpu.Device, sigma gpu.View) (recurrence, error)) {
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

func newDense(c Config, p *Params, prefix string) func(*gpu.Device, gpu.View) (recurrence, error) {
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
	return func(*gpu.Device, gpu.View) (recurrence, error) { return d, nil }
}

func (d *dense) prepare() []gpu.Op      { return nil }
func (d *dense) project() []gpu.Op      { return nil }
func (d *dense) sigma() gpu.View        { return gpu.View{} }
func (d *dense) reflectors() []gpu.View { return nil }
func (d *dense) close()                 {}

func (d *dense) forward(l *layerRun, _ bool) []gpu.Op { return []gpu.Op{l.forwardBy(d.p.value(d.w))} }

func (d *dense) backward(l *layerRun) ([]gpu.Op, error) {
	return l.backwardBy(d.p.value(d.w), d.p.grad(d.w)), nil
}

// uniform fills dst with numbers in (−bound, bound) that depend on the seed and the parameter's name alone.
func uniform(dst []float32, seed uint64, name string, bound float64) {
	src := philox.New(seed, philox.Stream("init/"+name))
	for i := range dst {
		dst[i] = float32((2*src.Float64() - 1) * bound)
	}
}
