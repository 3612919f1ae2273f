package export

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// ErrUnsupported is a layer or an activation that a format cannot express.
var ErrUnsupported = errors.New("not possible in this format")

// Network is a trained network of dense layers.
type Network struct {
	Config   model.Config
	Encoding data.Encoding
	Layers   []Layer
}

// Layer is a layer with its numbers: an Embedding, a Recurrent, an LSTM, a GRU, a Mean, a Linear or a Residual.
type Layer interface{ layer() }

// Activation is φ; Unit has its parameter for each unit where it has one.
type Activation struct {
	gpu.Activation
	Unit []float32
}

// Embedding is the row of a table for each token.
type Embedding struct {
	Name  string
	Table Matrix // vocabulary × width
}

// Recurrent is h_t = φ(W h_{t−1} + Wx x_t + b).
type Recurrent struct {
	W       Weight    // n × n
	Wx      Matrix    // n × inputs; the identity where the input comes in as it is
	Bias    []float32 // n
	Initial []float32 // h_0, n; nil for zeros
	Act     Activation
	Last    bool // only the last state is read
}

// Mean is the mean over the time steps.
type Mean struct{}

// Gated is a recurrence with g gates, in the order of torch.nn: i, f, g, o of an lstm; r, z, n of a gru, whose reset gate is applied behind the
// product with the state.
type Gated struct {
	Cell      string    // "lstm", as nn.Gates has it
	W         Weight    // g·n × n
	Wx        Matrix    // g·n × inputs
	Bias      []float32 // g·n, beside Wx x
	StateBias []float32 // g·n, beside W h
	Last      bool      // only the last state is read
}

// Linear is y = φ(W x + b).
type Linear struct {
	Name string
	W    Weight
	Bias []float32 // nil for none
	Act  Activation
}

// Residual is y = φ(W₂ φ(W₁ x + b₁) + b₂ + x).
type Residual struct {
	Name         string
	W1, W2       Weight
	Bias1, Bias2 []float32
	Act1, Act2   Activation
}

func (Embedding) layer() {}
func (Mean) layer()      {}
func (Recurrent) layer() {}
func (Gated) layer()     {}
func (Linear) layer()    {}
func (Residual) layer()  {}

// Matrix is row-major.
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// Weight is a matrix, and its factors where it has any.
type Weight struct {
	Matrix
	Factors *hh.Factorization
}

// Read multiplies the weights of a checkpoint out. Errors: ErrUnsupported, model.ErrCheckpoint.
func Read(ck *model.Checkpoint) (*Network, error) {
	layers, err := ck.Config.Network()
	if err != nil {
		return nil, err
	}
	n := &Network{Config: ck.Config, Encoding: ck.Encoding}
	err = layers.Each(func(name string, l nn.Layer) error {
		r := reader{ck: ck, scope: name + "."}
		layer := r.layer(name, l)
		if r.err == nil && layer != nil {
			n.Layers = append(n.Layers, layer)
		}
		return r.err
	})
	return n, err
}

// reader reads the tensors of a layer, and keeps the first error.
type reader struct {
	ck    *model.Checkpoint
	scope string
	err   error
}

func (r *reader) layer(name string, l nn.Layer) Layer {
	switch l := l.(type) {
	case *nn.Dropout:
		return nil // nothing is dropped in use
	case nn.MeanOverTime:
		return Mean{}
	case *nn.Embedding:
		return Embedding{Name: name, Table: r.tensor("W")}
	case *nn.Recurrent:
		out := Recurrent{W: r.weight("", l.Weight, l.Hidden), Act: r.activation("act", l.Act), Last: l.Last}
		out.Wx, out.Bias = r.input(l)
		if l.Initial && !r.ck.Config.Stream { // streams begin with zeros
			out.Initial = r.tensor("h0").Data
		}
		return out
	case nn.Gated:
		return r.gated(l.Gates())
	case *nn.Linear:
		out := Linear{Name: name, W: r.weight("", l.Weight, l.Out), Act: r.activation("act", l.Act)}
		if !l.NoBias {
			out.Bias = r.tensor("b").Data
		}
		return out
	case *nn.Residual:
		return Residual{Name: name, W1: r.weight("1.", l.W1, l.Inner), W2: r.weight("2.", l.W2, 0), Bias1: r.tensor("1.b").Data, Bias2: r.tensor("2.b").Data,
			Act1: r.activation("1.act", l.Act), Act2: r.activation("2.act", l.Act)}
	}
	r.fail(fmt.Errorf("%w: layer %s is a %T", ErrUnsupported, name, l))
	return nil
}

// gated reads a recurrence with gates.
func (r *reader) gated(g nn.Gates) Gated {
	rows := g.Count * g.Hidden
	out := Gated{Cell: g.Cell, W: r.weight("", g.Weight, rows), Wx: r.tensor("Wx"), Bias: r.tensor("b").Data, StateBias: make([]float32, rows), Last: g.Last}
	if g.Inside > 0 {
		copy(out.StateBias[rows-g.Inside*g.Hidden:], r.tensor("bh").Data)
	}
	return out
}

func (r *reader) activation(name string, a gpu.Activation) Activation {
	if !a.PerUnit() {
		return Activation{Activation: a}
	}
	return Activation{a, r.tensor(name).Data}
}

// input returns the input map of a recurrence, and its bias.
func (r *reader) input(l *nn.Recurrent) (wx Matrix, bias []float32) {
	n := l.Hidden
	if l.Direct {
		wx = Matrix{n, n, make([]float32, n*n)}
		for i := range n {
			wx.Data[i*n+i] = 1
		}
	} else {
		wx = r.tensor("Wx")
	}
	if l.Direct || l.NoBias {
		return wx, make([]float32, n)
	}
	return wx, r.tensor("b").Data
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) tensor(name string) Matrix {
	t, ok := r.ck.Tensor(r.scope + name)
	if !ok {
		r.fail(fmt.Errorf("%w: it has no tensor %s", model.ErrCheckpoint, r.scope+name))
	}
	return Matrix{t.Rows, t.Cols, t.Data}
}

// weight reads a weight whose tensors' names begin with prefix; without reflectors, its rows are given, 0 for a square.
func (r *reader) weight(prefix string, w nn.Weight, rows int) Weight {
	f, ok := w.(*hh.Weight)
	if _, tied := w.(nn.Tied); tied {
		t, _ := r.ck.Tensor("embedding.W")
		return Weight{Matrix: Matrix{t.Rows, t.Cols, t.Data}}
	}
	if !ok {
		if _, dense := w.(*nn.Dense); !dense && w != nil {
			r.fail(fmt.Errorf("%w: %s has a weight %T", ErrUnsupported, r.scope+prefix, w))
		}
		return Weight{Matrix: r.tensor(prefix + "W")}
	}
	s := r.tensor(prefix + "s")
	out := Weight{Factors: &hh.Factorization{Sigma: hh.Band{Center: f.Center, Radius: f.Radius, Map: f.Map}.Sigma(s.Data)}}
	if f.Reflectors > 0 { // a checkpoint holds no empty tensors
		u, v := r.tensor(prefix+"U"), r.tensor(prefix+"V")
		out.Factors.U, out.Factors.V, out.Factors.Rows, out.Factors.Cols = u.Data, v.Data, u.Cols, v.Cols
	} else {
		out.Factors.Rows, out.Factors.Cols = max(rows, s.Cols), s.Cols
	}
	if r.err != nil {
		return out
	}
	m, err := out.Factors.Mat()
	if err != nil {
		r.fail(err)
		return out
	}
	out.Matrix = Matrix{out.Factors.Rows, out.Factors.Cols, make([]float32, out.Factors.Rows*out.Factors.Cols)}
	for i, x := range m.RawMatrix().Data {
		out.Data[i] = float32(x)
	}
	return out
}

// time tells whether the network steps through time.
func (n *Network) time() bool {
	info, err := model.FindCell(n.Config.Cell)
	return err == nil && info.Time
}
