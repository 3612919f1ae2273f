package nn

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// LSTM is a long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000) with the gates of gpu.LSTMForward, i, f, g, o, each of
// n rows of the stacked matrices.
type LSTM struct {
	Hidden  int     // n
	Weight  Weight  // W, 4n × n; nil is a Dense
	Input   Init    // of Wx (4n × k); nil draws from (−1/√n, 1/√n)
	Forget  float32 // initial bias of the forget gate
	Last    bool    // only h_Length is read: the output has Length 1
	Perturb Perturb

	gatedParams
}

// lstmGates is how many gates an LSTM has.
const lstmGates = 4

func (l *LSTM) shape() gatedShape {
	n := l.Hidden
	forget := func(dst []float32, _, _ int, _ *philox.Source) {
		for i := n; i < 2*n; i++ {
			dst[i] = l.Forget
		}
	}
	return gatedShape{name: "lstm", hidden: n, gates: lstmGates, weight: &l.Weight, input: l.Input, bias: forget, last: l.Last, perturb: l.Perturb}
}

// Gates implements Gated.
func (l *LSTM) Gates() Gates { return l.shape().describe() }

// Declare implements Layer.
func (l *LSTM) Declare(p *Params, in Shape) (Shape, error) {
	return l.declare(p, in, l.shape())
}

// Plan implements Layer.
func (l *LSTM) Plan(p *Plan, x Flow) (Pass, error) {
	shared, err := l.plan(p, x, l.shape())
	if err != nil {
		return nil, err
	}
	n, rows, b := l.Hidden, x.Rows(), x.Batch
	pass := &lstmPass{gatedPass: shared, c: p.Unit("cells").Reserve(rows+b, n)}
	p.Carry("c", pass.c.RowRange(0, b), pass.c.RowRange(rows, rows+b))
	return pass, nil
}

type lstmPass struct {
	gatedPass
	c gpu.View // (T+1)·B × n
}

func (s *lstmPass) Forward(r *Record) {
	s.begin(r)
	w, _ := s.weight.Matrix()
	r.Do(gpu.LSTMForward{H: s.h, C: s.c, G: s.kept(r), W: w, X: s.x.Y, Wx: s.params.wx.Value, Bias: s.params.bias.Value, Mask: s.mask, Masked: s.masked(),
		T: s.x.Length, B: s.x.Batch})
}

func (s *lstmPass) Backward(r *Record) {
	w, dw := s.weight.Matrix()
	t, b := s.x.Length, s.x.Batch
	r.Do(gpu.LSTMBackward{DZ: s.gates, G: s.gates, W: w, C: s.c, DH: s.out.DY, DH0: s.dh0, Mask: s.mask, T: t, B: b},
		gpu.RNNGradient{DW: dw, DWx: s.params.wx.Grad, DBias: s.params.bias.Grad, Delta: s.gates, H: s.given(s.h), X: s.x.Y, T: t, B: b})
	s.inputGradient(r, s.gates)
}
