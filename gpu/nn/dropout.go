package nn

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Dropout sets elements of its input to zero at random in training and scales the others (Srivastava et al. 2014); otherwise it does nothing.
type Dropout struct {
	Rate float64 // share of elements that are dropped, in [0, 1)
	// OverTime drops the same elements of a sequence at all time steps (Gal & Ghahramani 2016), not others at each.
	OverTime bool
}

// Declare implements Layer.
func (l *Dropout) Declare(_ *Params, in Shape) (Shape, error) {
	if !(l.Rate >= 0 && l.Rate < 1) {
		return in, shapeError("dropout", "a rate of %g; want 0 or more and less than 1", l.Rate)
	}
	return in, nil
}

// Plan implements Layer.
func (l *Dropout) Plan(p *Plan, x Flow) (Pass, error) {
	if !p.Train || l.Rate == 0 {
		return through{x}, nil
	}
	d := &dropoutPass{x: x, out: p.flow("outputs", x.Shape)}
	d.op = gpu.Dropout{Clock: p.Clock, Rate: l.Rate, Seed: p.Seed, Stream: philox.Stream("dropout/" + p.scope), Part: p.Part}
	if l.OverTime {
		d.op.Period = x.Batch
	}
	return d, nil
}

type dropoutPass struct {
	x, out Flow
	op     gpu.Dropout
}

func (d *dropoutPass) Out() Flow { return d.out }

func (d *dropoutPass) Forward(r *Record) { r.Do(d.with(d.out.Y, d.x.Y)) }

func (d *dropoutPass) Backward(r *Record) {
	switch {
	case d.x.DY.IsZero():
	case r.Beta(d.x.DY) == 0:
		r.Do(d.with(d.x.DY, d.out.DY))
	default:
		r.Do(d.with(d.out.DY, d.out.DY), gpu.Scale{Y: d.x.DY, X: d.out.DY, Alpha: 1, Beta: 1})
	}
}

// with masks x into y.
func (d *dropoutPass) with(y, x gpu.View) gpu.Op {
	op := d.op
	op.Y, op.X = y, x
	return op
}

// through is a pass that does nothing.
type through struct{ x Flow }

func (t through) Out() Flow        { return t.x }
func (t through) Forward(*Record)  {}
func (t through) Backward(*Record) {}
