package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Residual is the block y = φ( W₂ φ(W₁ x + b₁) + b₂ + x ) for every row (He et al. 2016; Zhang, Lei & Dhillon 2018).
type Residual struct {
	Inner  int    // rows of W₁; 0 takes the width of x
	W1, W2 Weight // nil is a Dense
	Act    gpu.Activation

	width  int
	b1, b2 *Param
	a1, a2 activation
}

// Declare implements Layer.
func (b *Residual) Declare(p *Params, in Shape) (Shape, error) {
	b.width = in.Width
	if b.Inner == 0 {
		b.Inner = in.Width
	}
	if err := wantUnits("residual", "inner units", b.Inner); err != nil {
		return in, err
	}
	one := func(name string, w *Weight, rows, cols int) (bias *Param, act activation, err error) {
		if err := wantWeight("residual", w); err != nil {
			return nil, act, err
		}
		q := p.Scope(name)
		err = (*w).Declare(q, rows, cols, Use{Rows: in.Rows(), Once: true})
		p.Register(*w)
		return q.Add(Tensor{Name: "b", Rows: 1, Cols: rows}), declareActivation(q, b.Act, rows), err
	}
	var err error
	if b.b1, b.a1, err = one("1", &b.W1, b.Inner, in.Width); err != nil {
		return in, err
	}
	b.b2, b.a2, err = one("2", &b.W2, in.Width, b.Inner)
	return in, err
}

// Plan implements Layer.
func (b *Residual) Plan(p *Plan, x Flow) (Pass, error) {
	if x.Width != b.width {
		return nil, shapeError("residual", "an input of width %d to a block that was declared for %d", x.Width, b.width)
	}
	pass := &residualPass{b: b, x: x}
	var err error
	if pass.p1, err = b.W1.Product(p.Scope("1"), x.Rows()); err != nil {
		return nil, err
	}
	if pass.p2, err = b.W2.Product(p.Scope("2"), x.Rows()); err != nil {
		return nil, err
	}
	pass.inner = p.flow("inner", Shape{x.Length, x.Batch, b.Inner})
	pass.out = p.flow("outputs", x.Shape)
	pass.d1, pass.d2 = b.a1.gradientRows(p.Scope("1"), x.Rows(), b.Inner), b.a2.gradientRows(p.Scope("2"), x.Rows(), b.width)
	return pass, nil
}

type residualPass struct {
	b             *Residual
	x, inner, out Flow
	p1, p2        Product
	d1, d2        gpu.View // of the activations' parameters
}

func (b *residualPass) Out() Flow { return b.out }

func (b *residualPass) Forward(r *Record) {
	b.p1.Forward(r, b.inner.Y, b.x.Y, Epilogue{Bias: b.b.b1.Value, Act: b.b.a1.Activation})
	r.Do(gpu.Copy{Y: b.out.Y, X: b.x.Y})
	b.p2.Forward(r, b.out.Y, b.inner.Y, Epilogue{Bias: b.b.b2.Value, Add: true, Act: b.b.a2.Activation})
}

// Backward writes dz₂ to the gradient of x, which is its part through the sum, and lets W₁ add the other part.
func (b *residualPass) Backward(r *Record) {
	dz := b.out.DY
	if !b.x.DY.IsZero() {
		if r.Beta(b.x.DY) == 0 {
			dz = b.x.DY
		}
	}
	b.b.a2.backward(r, dz, b.out.DY, b.out.Y, b.d2)
	b.p2.Backward(r, b.inner.DY, dz, b.inner.Y)
	sumRows(r, b.b.b2.Grad, dz)
	b.b.a1.backward(r, b.inner.DY, b.inner.DY, b.inner.Y, b.d1)
	sumRows(r, b.b.b1.Grad, b.inner.DY)
	if !b.x.DY.IsZero() && !dz.Same(b.x.DY) { // something stands in the gradient of x already
		r.Do(gpu.Scale{Y: b.x.DY, X: dz, Alpha: 1, Beta: 1})
	}
	b.p1.Backward(r, b.x.DY, b.inner.DY, b.x.Y)
}
