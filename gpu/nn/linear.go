package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Linear is y = φ(W x + b) for every row.
type Linear struct {
	Out    int
	Weight Weight // nil is a Dense
	NoBias bool
	Act    gpu.Activation

	in   int
	bias *Param
	act  activation
}

// Declare implements Layer.
func (l *Linear) Declare(p *Params, in Shape) (Shape, error) {
	l.in = in.Width
	if err := wantUnits("linear", "outputs", l.Out); err != nil {
		return in, err
	}
	if err := wantWeight("linear", &l.Weight); err != nil {
		return in, err
	}
	if err := l.Weight.Declare(p, l.Out, in.Width, Use{Rows: in.Rows(), Once: true}); err != nil {
		return in, err
	}
	p.Register(l.Weight)
	if !l.NoBias {
		l.bias = p.Add(Tensor{Name: "b", Rows: 1, Cols: l.Out})
	}
	l.act = declareActivation(p, l.Act, l.Out)
	in.Width = l.Out
	return in, nil
}

// Plan implements Layer.
func (l *Linear) Plan(p *Plan, x Flow) (Pass, error) {
	if x.Width != l.in {
		return nil, shapeError("linear", "an input of width %d to a layer that was declared for %d", x.Width, l.in)
	}
	product, err := l.Weight.Product(p, x.Rows())
	if err != nil {
		return nil, err
	}
	return &linearPass{l: l, x: x, product: product, out: p.flow("outputs", Shape{x.Length, x.Batch, l.Out}), dact: l.act.gradientRows(p, x.Rows(), l.Out)}, nil
}

type linearPass struct {
	l       *Linear
	x, out  Flow
	product Product
	dact    gpu.View
}

func (l *linearPass) Out() Flow { return l.out }

func (l *linearPass) Forward(r *Record) {
	e := Epilogue{Act: l.l.act.Activation}
	if l.l.bias != nil {
		e.Bias = l.l.bias.Value
	}
	l.product.Forward(r, l.out.Y, l.x.Y, e)
}

func (l *linearPass) Backward(r *Record) {
	l.l.act.backward(r, l.out.DY, l.out.DY, l.out.Y, l.dact)
	l.product.Backward(r, l.x.DY, l.out.DY, l.x.Y)
	if l.l.bias != nil {
		sumRows(r, l.l.bias.Grad, l.out.DY)
	}
}

// sumRows adds the rows of dz to the gradient of a bias.
func sumRows(r *Record, db, dz gpu.View) {
	r.Do(gpu.ColDot{Out: db, A: dz, Alpha: 1, Beta: r.Beta(db)})
}
