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

	in       int
	wx, bias *Param
}

// gates is how many the LSTM has.
const gates = 4

// Declare implements Layer.
func (l *LSTM) Declare(p *Params, in Shape) (Shape, error) {
	l.in = in.Width
	n := l.Hidden
	if err := l.Perturb.check("lstm"); err != nil {
		return in, err
	}
	if err := wantUnits("lstm", "hidden units", l.Hidden); err != nil {
		return in, err
	}
	if err := wantWeight("lstm", &l.Weight); err != nil {
		return in, err
	}
	if err := l.Weight.Declare(p, gates*n, n, Use{Rows: in.Rows()}); err != nil {
		return in, err
	}
	p.Register(l.Weight)
	input := l.Input
	if input == nil {
		input = func(dst []float32, _, _ int, src *philox.Source) { FanIn(dst, gates*n, n, src) }
	}
	l.wx = p.Add(Tensor{Name: "Wx", Rows: gates * n, Cols: in.Width, Decay: true, Init: input})
	l.bias = p.Add(Tensor{Name: "b", Rows: 1, Cols: gates * n, Init: func(dst []float32, _, _ int, _ *philox.Source) {
		for i := n; i < 2*n; i++ {
			dst[i] = l.Forget
		}
	}})
	in.Width = n
	if l.Last {
		in.Length = 1
	}
	return in, nil
}

// Plan implements Layer.
func (l *LSTM) Plan(p *Plan, x Flow) (Pass, error) {
	if x.Width != l.in {
		return nil, shapeError("lstm", "an input of width %d to a layer that was declared for %d", x.Width, l.in)
	}
	n, rows, b := l.Hidden, x.Rows(), x.Batch
	pass := &lstmPass{l: l, x: x}
	pass.h, pass.c = p.Unit("states").Reserve(rows+b, n), p.Unit("cells").Reserve(rows+b, n)
	pass.out = Flow{Shape: Shape{x.Length, b, n}, Y: pass.h.RowRange(b, rows+b)}
	if l.Last {
		pass.out.Shape, pass.out.Y = Shape{1, b, n}, pass.h.RowRange(rows, rows+b)
	}
	if p.Train {
		pass.gates = p.Unit("gates").Reserve(rows, gates*n)
		pass.out.DY = p.Unit("dL/dh").Reserve(pass.out.Rows(), n)
		pass.dh0 = p.Unit("dL/dh_0").Reserve(b, n)
	}
	pass.perturbed = p.perturb(l.Perturb, pass.h, b, func() *gpu.Buffer { return p.Unit("masked states") })
	p.Carry("h", pass.h.RowRange(0, b), pass.h.RowRange(rows, rows+b))
	p.Carry("c", pass.c.RowRange(0, b), pass.c.RowRange(rows, rows+b))
	return pass, nil
}

type lstmPass struct {
	l      *LSTM
	x, out Flow
	h, c   gpu.View // (T+1)·B × n
	gates  gpu.View // T·B × 4n, and then their gradients
	dh0    gpu.View // B × n
	perturbed
}

func (s *lstmPass) Out() Flow { return s.out }

// InitialStateGradient returns dL/dh_0 (B × n) after Backward.
func (s *lstmPass) InitialStateGradient() gpu.View { return s.dh0 }

func (s *lstmPass) Forward(r *Record) {
	s.begin(r)
	w, _ := s.l.Weight.Matrix()
	op := gpu.LSTMForward{H: s.h, C: s.c, W: w, X: s.x.Y, Wx: s.l.wx.Value, Bias: s.l.bias.Value, Mask: s.mask, Masked: s.masked(), T: s.x.Length, B: s.x.Batch}
	if r.Train {
		op.G = s.gates
	}
	r.Do(op)
}

func (s *lstmPass) Backward(r *Record) {
	w, dw := s.l.Weight.Matrix()
	t, b := s.x.Length, s.x.Batch
	r.Do(gpu.LSTMBackward{DZ: s.gates, G: s.gates, W: w, C: s.c, DH: s.out.DY, DH0: s.dh0, Mask: s.mask, T: t, B: b},
		gpu.RNNGradient{DW: dw, DWx: s.l.wx.Grad, DBias: s.l.bias.Grad, Delta: s.gates, H: s.given(s.h), X: s.x.Y, T: t, B: b})
	if !s.x.DY.IsZero() {
		r.Do(gpu.Gemm{C: s.x.DY, A: s.gates, B: s.l.wx.Value, Alpha: 1, Beta: r.Beta(s.x.DY)})
	}
}
