package hh

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// applied is the nn.Product of a weight whose W is never formed.
type applied struct {
	w   *Weight
	op  *Operator
	out gpu.View // rows × p: W x, without what the epilogue does to it
	dx  gpu.View // rows × q, where the caller's dx holds something or is not wanted
}

func planApplied(w *Weight, p *nn.Plan, rows int) *applied {
	cfg := w.cfg
	cfg.ForwardOnly = !p.Train
	products := w.products // the algorithms are those that the weight's factors are for
	for i := range products {
		products[i].Batch, products[i].ForwardOnly = rows, !p.Train
	}
	a := &applied{w: w, op: planOperator(p.Mem, cfg, products, w.value, w.sigma, [2]*factors{&w.factors[0], &w.factors[1]})}
	unit := p.Unit(fmt.Sprintf("product %d×%d", cfg.Rows, cfg.Cols))
	a.out = unit.Reserve(rows, cfg.Rows)
	if p.Train {
		a.dx = unit.Reserve(rows, cfg.Cols)
	}
	return a
}

// Forward implements nn.Product.
func (a *applied) Forward(r *nn.Record, y, x gpu.View, e nn.Epilogue) {
	r.Take(a.op.Forward(a.out, x))
	switch {
	case e.Add:
		r.Do(gpu.Scale{Y: y, X: a.out, Alpha: 1, Beta: 1})
	default:
		r.Do(gpu.Copy{Y: y, X: a.out})
	}
	switch {
	case !e.Bias.IsZero(): // a product over nothing is its epilogue
		none := gpu.View{Buf: a.out.Buf, Off: a.out.Off}
		left, right := none, none
		left.Rows, right.Cols, right.Stride = y.Rows, y.Cols, y.Cols
		r.Do(gpu.Gemm{C: y, A: left, B: right, Alpha: 1, Beta: 1, Bias: e.Bias, Act: e.Act})
	case e.Act.Kind != gpu.Identity:
		r.Do(gpu.Activate{Y: y, X: y, Act: e.Act})
	}
}

// Backward implements nn.Product.
func (a *applied) Backward(r *nn.Record, dx, dz, x gpu.View) {
	to := a.dx
	add := !dx.IsZero() && r.Beta(dx) == 1
	if !dx.IsZero() && !add {
		to = dx
	}
	r.Take(a.op.Backward(to, dz, a.out, a.w.grad))
	if add {
		r.Do(gpu.Scale{Y: dx, X: to, Alpha: 1, Beta: 1})
	}
}
