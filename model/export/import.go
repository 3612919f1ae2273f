package export

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/hh"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Moved tells how far the weights of a layer were moved when they became factors in a band.
type Moved struct {
	Layer     string  `json:"layer"`
	SigmaMin  float64 `json:"sigma_min"` // of the dense matrix
	SigmaMax  float64 `json:"sigma_max"`
	Sigma     float64 `json:"moved"`           // the largest change of a singular value
	Frobenius float64 `json:"relative_change"` // ‖W' − W‖_F / ‖W‖_F
}

// Import makes a checkpoint of a spectral network from a dense one: the recurrences of torch.nn.RNN or LSTM, whose tensors are named weight_ih_l0 and so on
// behind any prefix, or a chain of Linear layers, with a Linear read-out. Every W becomes Q(U) Σ Q(V)ᵀ with as many reflectors a side as it
// has columns. c says what the file does not: Length, Output.Loss and Output.Where, Activation; and the band, of which Center 0 stands for the
// narrowest that holds every singular value. A σ outside is moved into it. Errors: model.ErrConfig, ErrUnsupported, hh.ErrBand,
// model.ErrNotFinite, hh.ErrNotFinite.
func Import(f *File, c model.Config) (*model.Checkpoint, []Moved, error) {
	d, err := f.dense()
	if err != nil {
		return nil, nil, err
	}
	if c, err = d.config(c, f.About); err != nil {
		return nil, nil, err
	}
	im := &importer{c: c}
	for l, layer := range d.layers {
		im.layer(fmt.Sprintf("layers.%d", l), layer, d.recurrent)
	}
	im.factor()
	im.keep("head.W", d.head.w)
	im.bias("head.b", d.head)
	if im.err != nil {
		return nil, nil, im.err
	}
	for _, t := range im.tensors {
		if where := t.NotFinite(); where != "" {
			return nil, nil, fmt.Errorf("%w: tensor %s", model.ErrNotFinite, where)
		}
	}
	ck := &model.Checkpoint{Snapshot: model.Snapshot{Config: im.c, Optimizer: model.DefaultOptimizer(), Tensors: im.tensors}}
	if f.About != nil {
		ck.Encoding = f.About.Encoding
	}
	return ck, im.moved, im.c.Check()
}

// dense is a network of dense layers as a file names them.
type dense struct {
	recurrent bool
	gates     bool // an LSTM
	layers    []denseLayer
	head      denseLayer
}

// denseLayer is a layer: w is its matrix, x its input map where it is recurrent.
type denseLayer struct {
	name  string
	w, x  Tensor
	biasA []float32 // nil for none
	biasB []float32
}

// importer gathers tensors, and keeps the first error.
type importer struct {
	c       model.Config
	tensors []model.NamedTensor
	moved   []Moved
	weights []pending
	err     error
}

// pending is a W that waits for the band.
type pending struct {
	name    string
	w       Tensor
	factors *hh.Factorization
}

func (im *importer) keep(name string, t Tensor) {
	im.tensors = append(im.tensors, model.NamedTensor{Name: name, Rows: t.Shape[0], Cols: t.Shape[1], Data: t.Data})
}

// bias adds up the biases of a layer.
func (im *importer) bias(name string, l denseLayer) {
	b := make([]float32, l.w.Shape[0])
	for i := range b {
		for _, part := range [][]float32{l.biasA, l.biasB} {
			if part != nil {
				b[i] += part[i]
			}
		}
	}
	im.keep(name, Tensor{Shape: []int{1, len(b)}, Data: b})
}

func (im *importer) layer(name string, l denseLayer, recurrent bool) {
	if im.err != nil {
		return
	}
	im.bias(name+".b", l)
	if recurrent {
		im.keep(name+".Wx", l.x)
	} else if name == "layers.0" { // a plain map
		im.keep(name+".W", l.w)
		return
	}
	factors, err := hh.FromDense(l.w.Data, l.w.Shape[0], l.w.Shape[1])
	if err != nil {
		im.err = fmt.Errorf("%s: %w", l.w.Name, err)
		return
	}
	im.weights = append(im.weights, pending{name, l.w, factors})
}

// factor finds the band and moves the singular values into it.
func (im *importer) factor() {
	if im.err != nil {
		return
	}
	im.c.Center, im.c.Radius = im.band()
	for _, p := range im.weights {
		band := hh.Band{Center: float32(im.c.Center), Radius: float32(im.c.Radius), Clamp: true}
		s, moved, err := p.factors.Parameters(band)
		if err != nil {
			im.err = fmt.Errorf("%s: %w", p.w.Name, err)
			return
		}
		least, _ := p.factors.Sigma.Smallest()
		m := Moved{Layer: p.name, SigmaMin: least, SigmaMax: p.factors.Sigma.Norm(), Sigma: moved}
		p.factors.Sigma = band.Sigma(s)
		if m.Frobenius, im.err = relativeChange(p.factors, p.w); im.err != nil {
			return
		}
		im.moved = append(im.moved, m)
		im.keep(p.name+".U", Tensor{Shape: []int{p.factors.ReflectorsU(), p.factors.Rows}, Data: p.factors.U})
		im.keep(p.name+".V", Tensor{Shape: []int{p.factors.ReflectorsV(), p.factors.Cols}, Data: p.factors.V})
		im.keep(p.name+".s", Tensor{Shape: []int{1, len(s)}, Data: s})
	}
}

// band returns the band that is asked for, or the narrowest that holds every singular value with room to spare.
func (im *importer) band() (center, radius float64) {
	if im.c.Center != 0 {
		return im.c.Center, im.c.Radius
	}
	lo, hi := math.Inf(1), 0.0
	for _, p := range im.weights {
		least, _ := p.factors.Sigma.Smallest()
		lo, hi = min(lo, least), max(hi, p.factors.Sigma.Norm())
	}
	if center = (lo + hi) / 2; !(center > 0) || math.IsInf(center, 0) {
		return 1, 0.01 // no weights, or zeros
	}
	radius = max((hi-lo)/2*1.01, 1e-3*center)
	return center, min(radius, center*(1-1e-6))
}

// relativeChange returns ‖W' − W‖_F / ‖W‖_F.
func relativeChange(f *hh.Factorization, w Tensor) (float64, error) {
	m, err := f.Mat()
	if err != nil {
		return 0, err
	}
	was := mat.NewDense(f.Rows, f.Cols, nil)
	for i, v := range w.Data {
		was.Set(i/f.Cols, i%f.Cols, float64(v))
	}
	m.Sub(m, was)
	if norm := mat.Norm(was, 2); norm > 0 {
		return mat.Norm(m, 2) / norm, nil
	}
	return 0, nil
}

// cell returns the name of the cell that has these layers with W factored.
func (d *dense) cell() string {
	switch {
	case d.gates:
		return "spectral-lstm"
	case d.recurrent:
		return "spectral"
	}
	return "spectral-mlp"
}

// config completes the settings.
func (d *dense) config(c model.Config, a *About) (model.Config, error) {
	if a != nil {
		if cell, err := model.FindCell(a.Config.Cell); err == nil && cell.Residual {
			return c, fmt.Errorf("%w: the file is of the cell %s, whose blocks import does not read", ErrUnsupported, cell.Name)
		}
		was := a.Config
		was.Center, was.Radius = c.Center, c.Radius
		if c.Activation != "" {
			was.Activation = c.Activation
		}
		c = was
	}
	n := d.units(d.layers[0])
	c.Cell, c.Layers, c.Hidden, c.Reflectors, c.Output.Width = d.cell(), len(d.layers), n, n, d.head.w.Shape[0]
	in := d.layers[0].w
	if d.recurrent {
		in = d.layers[0].x
	}
	c.Input.Width = in.Shape[1]
	if c.Activation == "" {
		c.Activation = "tanh"
	}
	if !d.recurrent || c.Length == 0 {
		c.Length = 1
	}
	c.Batch, c.Seed, c.Form, c.Init, c.InputInit = max(c.Batch, 1), max(c.Seed, 1), "", "", ""
	return c, nil
}
