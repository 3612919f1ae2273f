package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Recurrent is h_t = φ( W h_{t−1} + Wx x_t + b ), t = 1 … Length, from h_0 or the state that is carried (Plan.Stream).
type Recurrent struct {
	Hidden  int    // n
	Weight  Weight // W, n × n; nil is a Dense
	Input   Init   // of Wx (n × k); nil is FanMax
	Direct  bool   // x_t, of n values, comes in as it is: there is no Wx and no b
	NoBias  bool
	Act     gpu.Activation
	Initial bool // h_0 is learned, not 0
	Last    bool // only h_Length is read: the output has Length 1
	Perturb Perturb

	in           int
	wx, bias, h0 *Param
	act          activation
}

// Declare implements Layer.
func (l *Recurrent) Declare(p *Params, in Shape) (Shape, error) {
	l.in = in.Width
	if err := l.Perturb.check("recurrent"); err != nil {
		return in, err
	}
	if err := wantUnits("recurrent", "hidden units", l.Hidden); err != nil {
		return in, err
	}
	if err := wantWeight("recurrent", &l.Weight); err != nil {
		return in, err
	}
	if err := l.Weight.Declare(p, l.Hidden, l.Hidden, Use{Rows: in.Rows(), LowRank: true}); err != nil {
		return in, err
	}
	p.Register(l.Weight)
	if l.Direct && in.Width != l.Hidden {
		return in, shapeError("recurrent", "an input of width %d that comes in directly to %d units", in.Width, l.Hidden)
	}
	if !l.Direct {
		input := l.Input
		if input == nil {
			input = FanMax
		}
		l.wx = p.Add(Tensor{Name: "Wx", Rows: l.Hidden, Cols: in.Width, Decay: true, Init: input})
		if !l.NoBias {
			l.bias = p.Add(Tensor{Name: "b", Rows: 1, Cols: l.Hidden})
		}
	}
	l.act = declareActivation(p, l.Act, l.Hidden)
	if l.Initial {
		l.h0 = p.Add(Tensor{Name: "h0", Rows: 1, Cols: l.Hidden})
	}
	in.Width = l.Hidden
	if l.Last {
		in.Length = 1
	}
	return in, nil
}

// jointWords is the largest unit for both the states and their gradients: every Vulkan device allocates as much.
const jointWords = 1 << 28

// Plan implements Layer.
func (l *Recurrent) Plan(p *Plan, x Flow) (Pass, error) {
	if x.Width != l.in {
		return nil, shapeError("recurrent", "an input of width %d to a layer that was declared for %d", x.Width, l.in)
	}
	n, rows, b := l.Hidden, x.Rows(), x.Batch
	pass := &recurrentPass{l: l, x: x}
	states := p.Unit("states")
	pass.h = states.Reserve(rows+b, n)
	words := 2 * rows * n
	if l.Perturb.Dropout > 0 && !l.Last {
		words += (rows + b) * n
	}
	all := pass.h.RowRange(b, rows+b)
	pass.out = Flow{Shape: Shape{x.Length, b, n}, Y: all}
	if l.Last {
		pass.out.Shape, pass.out.Y = Shape{1, b, n}, pass.h.RowRange(rows, rows+b)
	}
	if p.Train {
		// States and gradients in one buffer: products over the one and over the other can then be one batch.
		if words > jointWords {
			states = p.Unit("state gradients")
		}
		pass.delta = states.Reserve(rows, n)
		pass.out.DY = pass.delta // δ may be written over dL/dh
		if l.Last {
			pass.out.DY = p.Unit("dL/dh_T").Reserve(b, n)
		}
		pass.dh0 = p.Unit("dL/dh_0").Reserve(b, n)
	}
	pass.perturbed = p.perturb(l.Perturb, false, pass.h, b, func() gpu.View {
		if l.Last {
			return pass.h
		}
		return states.Reserve(rows+b, n)
	})
	if f, _, ok := l.Weight.LowRank(); ok && p.Train {
		coefficients := p.Unit("coefficients")
		pass.c, pass.e = coefficients.Reserve(rows, f.L.Rows), coefficients.Reserve(rows, f.L.Rows)
	}
	pass.dact = l.act.gradientRows(p, b, n)
	pass.learned = l.Initial && !p.Stream
	p.Carry("h", pass.h.RowRange(0, b), pass.h.RowRange(rows, rows+b))
	return pass, nil
}

type recurrentPass struct {
	l          *Recurrent
	x, out     Flow
	h          gpu.View // (T+1)·B × n
	delta, dh0 gpu.View // T·B × n, B × n
	c, e       gpu.View // T·B × r, of W as diagonal plus low rank
	dact       gpu.View // B × n
	learned    bool     // h_0 is a parameter
	perturbed
}

func (s *recurrentPass) Out() Flow { return s.out }

// InitialStateGradient returns dL/dh_0 (B × n) after Backward.
func (s *recurrentPass) InitialStateGradient() gpu.View { return s.dh0 }

func (s *recurrentPass) Forward(r *Record) {
	l, t, b := s.l, s.x.Length, s.x.Batch
	if s.learned {
		broadcast(r, s.h.RowRange(0, b), l.h0.Value)
	}
	s.begin(r)
	var z, x, wx, bias gpu.View
	if l.Direct {
		z = s.x.Y
	} else {
		x, wx, bias = s.x.Y, l.wx.Value, valueOf(l.bias)
	}
	if f, _, ok := l.Weight.LowRank(); ok {
		op := gpu.RNNLowRankForward{H: s.h, D: f.D, L: f.L, R: f.R, Z: z, X: x, Wx: wx, Bias: bias, Mask: s.mask, Masked: s.masked(), T: t, B: b, Act: l.act.Activation}
		if r.Train {
			op.C = s.c
		}
		r.Do(op)
		return
	}
	w, _ := l.Weight.Matrix()
	r.Do(gpu.RNNForward{H: s.h, W: w, Z: z, X: x, Wx: wx, Bias: bias, Mask: s.mask, Masked: s.masked(), T: t, B: b, Act: l.act.Activation})
}

func (s *recurrentPass) Backward(r *Record) {
	l, t, b := s.l, s.x.Length, s.x.Batch
	grad := gpu.RNNGradient{DBias: gradOf(l.bias), Delta: s.delta, H: s.given(s.h), T: t, B: b}
	if !l.Direct {
		grad.DWx, grad.X = l.wx.Grad, s.x.Y
	}
	if f, df, ok := l.Weight.LowRank(); ok {
		grad.DDiag = df.D
		r.Do(gpu.RNNLowRankBackward{Delta: s.delta, E: s.e, D: f.D, L: f.L, R: f.R, H: s.h, DH: s.out.DY, DH0: s.dh0, DUnit: s.dact, Mask: s.mask,
			T: t, B: b, Act: l.act.Activation}, grad)
		left := gpu.Gemm{C: df.L, A: s.c, TransA: true, B: s.delta, Alpha: 1}
		right := gpu.Gemm{C: df.R, A: s.e, TransA: true, B: grad.Previous(), Alpha: 1}
		if both, ok := left.Join(right); ok {
			r.Do(both)
		} else {
			r.Do(left, right)
		}
	} else {
		w, dw := l.Weight.Matrix()
		beta := r.Beta(dw)
		if beta == 0 {
			grad.DW = dw
		}
		r.Do(gpu.RNNBackward{Delta: s.delta, W: w, H: s.h, DH: s.out.DY, DH0: s.dh0, DUnit: s.dact, Mask: s.mask, T: t, B: b, Act: l.act.Activation}, grad)
		if beta != 0 { // W is that of a layer above, too
			r.Do(gpu.Gemm{C: dw, A: s.delta, TransA: true, B: grad.Previous(), Alpha: 1, Beta: beta})
		}
	}
	l.act.sum(r, s.dact)
	if s.learned {
		sumRows(r, l.h0.Grad, s.dh0)
	}
	switch {
	case s.x.DY.IsZero():
	case l.Direct:
		r.Do(gpu.Scale{Y: s.x.DY, X: s.delta, Alpha: 1, Beta: r.Beta(s.x.DY)})
	default:
		r.Do(gpu.Gemm{C: s.x.DY, A: s.delta, B: l.wx.Value, Alpha: 1, Beta: r.Beta(s.x.DY)})
	}
}

// broadcast writes a row (1 × n) to every row of y: a product over nothing is its epilogue.
func broadcast(r *Record, y, row gpu.View) {
	a, b := y, y
	a.Buf, b.Buf = row.Buf, row.Buf
	a.Off, b.Off = row.Off, row.Off
	a.Cols, a.Stride, b.Rows, b.Stride = 0, 0, 0, y.Cols
	r.Do(gpu.Gemm{C: y, A: a, B: b, Alpha: 1, Bias: row})
}

// valueOf and gradOf return the views of a parameter, zero Views where there is none.
func valueOf(p *Param) gpu.View {
	if p == nil {
		return gpu.View{}
	}
	return p.Value
}

func gradOf(p *Param) gpu.View {
	if p == nil {
		return gpu.View{}
	}
	return p.Grad
}

func (s *recurrentPass) stateGradients() StateGradients {
	out := StateGradients{Length: s.x.Length, Batch: s.x.Batch, Delta: []gpu.View{s.delta}, Weight: s.l.Weight, Mask: s.mask, Start: s.dh0}
	if s.l.Last {
		out.End = s.out.DY
	}
	return out
}
