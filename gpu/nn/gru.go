package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// GRU is a gated recurrent unit (Cho et al. 2014) with the gates of gpu.GRUForward, r, z, n, each of n rows of the stacked matrices.
type GRU struct {
	Hidden  int    // n
	Weight  Weight // W, 3n × n; nil is a Dense
	Input   Init   // of Wx (3n × k); nil draws from (−1/√n, 1/√n)
	Last    bool   // only h_Length is read: the output has Length 1
	Perturb Perturb

	gatedParams
	hidden *Param // 1 × n, the bias inside of the reset gate
}

// gruGates is how many gates of a GRU a state goes into; its memory has a fourth, what the candidate takes from the state.
const gruGates = 3

func (l *GRU) shape() gatedShape {
	return gatedShape{name: "gru", hidden: l.Hidden, gates: gruGates, weight: &l.Weight, input: l.Input, last: l.Last, perturb: l.Perturb}
}

// Gates implements Gated.
func (l *GRU) Gates() Gates {
	g := l.shape().describe()
	g.Inside = 1
	return g
}

// Declare implements Layer.
func (l *GRU) Declare(p *Params, in Shape) (Shape, error) {
	out, err := l.declare(p, in, l.shape())
	if err == nil {
		l.hidden = p.Add(Tensor{Name: "bh", Rows: 1, Cols: l.Hidden})
	}
	return out, err
}

// Plan implements Layer.
func (l *GRU) Plan(p *Plan, x Flow) (Pass, error) {
	shared, err := l.plan(p, x, l.shape())
	if err != nil {
		return nil, err
	}
	return &gruPass{gatedPass: shared, l: l}, nil
}

type gruPass struct {
	gatedPass
	l *GRU
}

// columns returns what of the gates' memory belongs to gates lo … hi−1.
func (s *gruPass) columns(lo, hi int) gpu.View { return s.gates.ColRange(lo*s.l.Hidden, hi*s.l.Hidden) }

func (s *gruPass) Forward(r *Record) {
	s.begin(r)
	w, _ := s.weight.Matrix()
	r.Do(gpu.GRUForward{H: s.h, G: s.kept(r), W: w, HiddenBias: s.l.hidden.Value, X: s.x.Y, Wx: s.params.wx.Value, Bias: s.params.bias.Value,
		Mask: s.mask, Masked: s.masked(), T: s.x.Length, B: s.x.Batch})
}

// Backward takes the gradients of Wx and its bias from those of r, z and n, those of W's rows for r and z from these, and those of its rows
// for the candidate from what that took from the state.
func (s *gruPass) Backward(r *Record) {
	w, dw := s.weight.Matrix()
	t, b, n := s.x.Length, s.x.Batch, s.l.Hidden
	outer, inner, given := s.columns(0, gruGates), s.columns(gruGates, gruGates+1), s.given(s.h)
	r.Do(gpu.GRUBackward{DZ: s.gates, W: w, G: s.gates, H: s.h, DH: s.out.DY, DH0: s.dh0, Mask: s.mask, T: t, B: b},
		gpu.RNNGradient{DWx: s.params.wx.Grad, DBias: s.params.bias.Grad, Delta: outer, H: given, X: s.x.Y, T: t, B: b},
		gpu.RNNGradient{DW: dw.RowRange(0, 2*n), Delta: s.columns(0, 2), H: given, T: t, B: b},
		gpu.RNNGradient{DW: dw.RowRange(2*n, gruGates*n), DBias: s.l.hidden.Grad, Delta: inner, H: given, T: t, B: b})
	s.inputGradient(r, outer)
}

// stateGradients adds the update gate, which lets a part of the state through.
func (s *gruPass) stateGradients() StateGradients {
	out, n := s.gatedPass.stateGradients(), s.l.Hidden
	out.Delta = []gpu.View{s.columns(0, 2), s.columns(gruGates, gruGates+1)}
	out.Past = &Past{Rows: [2]int{n, 2 * n}, Input: s.params.wx.Value.RowRange(n, 2*n), Bias: s.params.bias.Value.ColRange(n, 2*n), X: s.x.Y, H: s.given(s.h).RowRange(0, s.x.Rows()), Read: s.out.DY}
	return out
}
