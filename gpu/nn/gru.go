package nn

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// GRU is a gated recurrent unit (Cho et al. 2014) with the gates of gpu.GRUForward, r, z, n, each of n rows of the stacked matrices.
type GRU struct {
	Hidden int    // n
	Weight Weight // W, 3n × n; nil is a Dense
	Input  Init   // of Wx (3n × k); nil draws from (−1/√n, 1/√n)
	Last   bool   // only h_Length is read: the output has Length 1
	// Noise is the standard deviation of a first state that training draws anew in every step, as in Perturb.
	Noise float64

	in               int
	wx, bias, hidden *Param
}

// gruGates is how many gates of a GRU a state goes into; its memory has a fourth, what the candidate takes from the state.
const gruGates = 3

// Declare implements Layer.
func (l *GRU) Declare(p *Params, in Shape) (Shape, error) {
	l.in = in.Width
	n := l.Hidden
	if err := (Perturb{Noise: l.Noise}).check("gru"); err != nil {
		return in, err
	}
	if err := wantUnits("gru", "hidden units", l.Hidden); err != nil {
		return in, err
	}
	if err := wantWeight("gru", &l.Weight); err != nil {
		return in, err
	}
	if err := l.Weight.Declare(p, gruGates*n, n, Use{Rows: in.Rows()}); err != nil {
		return in, err
	}
	p.Register(l.Weight)
	input := l.Input
	if input == nil {
		input = func(dst []float32, _, _ int, src *philox.Source) { FanIn(dst, gruGates*n, n, src) }
	}
	l.wx = p.Add(Tensor{Name: "Wx", Rows: gruGates * n, Cols: in.Width, Decay: true, Init: input})
	l.bias = p.Add(Tensor{Name: "b", Rows: 1, Cols: gruGates * n})
	l.hidden = p.Add(Tensor{Name: "bh", Rows: 1, Cols: n}) // inside of the reset gate
	in.Width = n
	if l.Last {
		in.Length = 1
	}
	return in, nil
}

// Plan implements Layer.
func (l *GRU) Plan(p *Plan, x Flow) (Pass, error) {
	if x.Width != l.in {
		return nil, shapeError("gru", "an input of width %d to a layer that was declared for %d", x.Width, l.in)
	}
	n, rows, b := l.Hidden, x.Rows(), x.Batch
	pass := &gruPass{l: l, x: x, h: p.Unit("states").Reserve(rows+b, n)}
	pass.out = Flow{Shape: Shape{x.Length, b, n}, Y: pass.h.RowRange(b, rows+b)}
	if l.Last {
		pass.out.Shape, pass.out.Y = Shape{1, b, n}, pass.h.RowRange(rows, rows+b)
	}
	if p.Train {
		pass.gates = p.Unit("gates").Reserve(rows, (gruGates+1)*n)
		pass.out.DY = p.Unit("dL/dh").Reserve(pass.out.Rows(), n)
		pass.dh0 = p.Unit("dL/dh_0").Reserve(b, n)
	}
	pass.perturbed = p.perturb(Perturb{Noise: l.Noise}, pass.h, b, nil)
	p.Carry("h", pass.h.RowRange(0, b), pass.h.RowRange(rows, rows+b))
	return pass, nil
}

type gruPass struct {
	l      *GRU
	x, out Flow
	h      gpu.View // (T+1)·B × n
	gates  gpu.View // T·B × 4n, and then their gradients
	dh0    gpu.View // B × n
	perturbed
}

func (s *gruPass) Out() Flow { return s.out }

// InitialStateGradient returns dL/dh_0 (B × n) after Backward.
func (s *gruPass) InitialStateGradient() gpu.View { return s.dh0 }

func (s *gruPass) Forward(r *Record) {
	s.begin(r)
	w, _ := s.l.Weight.Matrix()
	op := gpu.GRUForward{H: s.h, W: w, HiddenBias: s.l.hidden.Value, X: s.x.Y, Wx: s.l.wx.Value, Bias: s.l.bias.Value, T: s.x.Length, B: s.x.Batch}
	if r.Train {
		op.G = s.gates
	}
	r.Do(op)
}

// Backward takes the gradients of Wx and its bias from those of r, z and n, those of W's rows for r and z from these, and those of its rows
// for the candidate from what that took from the state.
func (s *gruPass) Backward(r *Record) {
	w, dw := s.l.Weight.Matrix()
	t, b, n := s.x.Length, s.x.Batch, s.l.Hidden
	outer, two, inner := s.gates.ColRange(0, gruGates*n), s.gates.ColRange(0, 2*n), s.gates.ColRange(gruGates*n, (gruGates+1)*n)
	r.Do(gpu.GRUBackward{DZ: s.gates, W: w, G: s.gates, H: s.h, DH: s.out.DY, DH0: s.dh0, T: t, B: b},
		gpu.RNNGradient{DWx: s.l.wx.Grad, DBias: s.l.bias.Grad, Delta: outer, H: s.h, X: s.x.Y, T: t, B: b},
		gpu.RNNGradient{DW: dw.RowRange(0, 2*n), Delta: two, H: s.h, T: t, B: b},
		gpu.RNNGradient{DW: dw.RowRange(2*n, gruGates*n), DBias: s.l.hidden.Grad, Delta: inner, H: s.h, T: t, B: b})
	if !s.x.DY.IsZero() {
		r.Do(gpu.Gemm{C: s.x.DY, A: outer, B: s.l.wx.Value, Alpha: 1, Beta: r.Beta(s.x.DY)})
	}
}
