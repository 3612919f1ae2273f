package nn

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Gated is a recurrence with gates: what is written about one, in files of other programs say, follows from its description.
type Gated interface {
	Layer
	Gates() Gates
}

// Gates describes a recurrence with gates: tensors W (Count·Hidden × Hidden, unless it is factored), Wx (Count·Hidden × inputs) and b (Count·Hidden).
type Gates struct {
	Cell   string // "lstm"
	Hidden int    // n
	Count  int    // how many gates a state goes into
	Weight Weight // W
	Inside int    // how many gates, the last ones, have a bias beside W h that is not one beside Wx x: tensor bh of Inside·Hidden
	Last   bool   // only the last state is read
}

// gatedParams are the tensors that recurrences with gates share: Wx and the bias of all gates, stacked.
type gatedParams struct {
	in       int // width of the input
	wx, bias *Param
}

// gatedShape is what a recurrence with gates is declared with.
type gatedShape struct {
	name          string
	hidden, gates int     // n units, and how many gates a state goes into
	weight        *Weight // nil stands for a Dense
	input, bias   Init    // of Wx (nil draws from (−1/√n, 1/√n)) and of the bias (nil leaves zeros)
	last          bool
	perturb       Perturb
}

// describe returns what of it others write about.
func (s gatedShape) describe() Gates {
	return Gates{Cell: s.name, Hidden: s.hidden, Count: s.gates, Weight: *s.weight, Last: s.last}
}

// declare adds W, Wx and the bias, and returns the shape of the output.
func (g *gatedParams) declare(p *Params, in Shape, s gatedShape) (Shape, error) {
	g.in = in.Width
	n, rows := s.hidden, s.gates*s.hidden
	if err := s.perturb.check(s.name); err != nil {
		return in, err
	}
	if err := wantUnits(s.name, "hidden units", n); err != nil {
		return in, err
	}
	if err := wantWeight(s.name, s.weight); err != nil {
		return in, err
	}
	if err := (*s.weight).Declare(p, rows, n, Use{Rows: in.Rows()}); err != nil {
		return in, err
	}
	p.Register(*s.weight)
	input := s.input
	if input == nil {
		input = func(dst []float32, _, _ int, src *philox.Source) { FanIn(dst, rows, n, src) }
	}
	g.wx = p.Add(Tensor{Name: "Wx", Rows: rows, Cols: in.Width, Decay: true, Init: input})
	g.bias = p.Add(Tensor{Name: "b", Rows: 1, Cols: rows, Init: s.bias})
	in.Width = n
	if s.last {
		in.Length = 1
	}
	return in, nil
}

// gatedPass is what passes through recurrences with gates share.
type gatedPass struct {
	params *gatedParams
	weight Weight
	last   bool
	x, out Flow
	h      gpu.View // (T+1)·B × n
	gates  gpu.View // T·B × 4n: what the way back needs of every step, and then gradients in its place
	dh0    gpu.View // B × n
	perturbed
}

// plan reserves the memory of a pass of n units whose states are perturbed by s.
func (g *gatedParams) plan(p *Plan, x Flow, s gatedShape) (gatedPass, error) {
	pass := gatedPass{params: g, weight: *s.weight, last: s.last, x: x}
	if x.Width != g.in {
		return pass, shapeError(s.name, "an input of width %d to a layer that was declared for %d", x.Width, g.in)
	}
	const kept = 4 // numbers of a unit and a step, with either kind of cell
	n, rows, b := s.hidden, x.Rows(), x.Batch
	pass.h = p.Unit("states").Reserve(rows+b, n)
	pass.out = Flow{Shape: Shape{x.Length, b, n}, Y: pass.h.RowRange(b, rows+b)}
	if s.last {
		pass.out.Shape, pass.out.Y = Shape{1, b, n}, pass.h.RowRange(rows, rows+b)
	}
	if p.Train {
		pass.gates = p.Unit("gates").Reserve(rows, kept*n)
		pass.out.DY = p.Unit("dL/dh").Reserve(pass.out.Rows(), n)
		pass.dh0 = p.Unit("dL/dh_0").Reserve(b, n)
	}
	pass.perturbed = p.perturb(s.perturb, true, pass.h, b, func() gpu.View { return p.Unit("masked states").Reserve(rows+b, n) })
	p.Carry("h", pass.h.RowRange(0, b), pass.h.RowRange(rows, rows+b))
	return pass, nil
}

func (s *gatedPass) Out() Flow { return s.out }

// InitialStateGradient returns dL/dh_0 (B × n) after Backward.
func (s *gatedPass) InitialStateGradient() gpu.View { return s.dh0 }

// kept returns where the way forward keeps what the way back needs: nowhere without training.
func (s *gatedPass) kept(r *Record) gpu.View {
	if !r.Train {
		return gpu.View{}
	}
	return s.gates
}

// inputGradient records the gradient of the input, where it is wanted, from that of the gates' pre-activations.
func (s *gatedPass) inputGradient(r *Record, delta gpu.View) {
	if !s.x.DY.IsZero() {
		r.Do(gpu.Gemm{C: s.x.DY, A: delta, B: s.params.wx.Value, Alpha: 1, Beta: r.Beta(s.x.DY)})
	}
}

// stateGradients is that of a state which acts on the next one through W alone; others add to it.
func (s *gatedPass) stateGradients() StateGradients {
	out := StateGradients{Length: s.x.Length, Batch: s.x.Batch, Delta: []gpu.View{s.gates}, Weight: s.weight, Mask: s.mask, Start: s.dh0}
	if s.last {
		out.End = s.out.DY
	}
	return out
}
