package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// activation is φ of a layer of n units, with its parameter for each unit where it has one.
type activation struct {
	gpu.Activation
	param *Param
}

// Initial parameters of units: b of modReLU is small, and a of the scaled tanh leaves it all but linear up to |z| = 30.
const (
	modReLUStart    = 0.01
	scaledTanhStart = 0.03
)

// declareActivation adds the tensor "act" (1 × n) where the activation has a parameter for each unit.
func declareActivation(p *Params, a gpu.Activation, n int) activation {
	out := activation{Activation: a}
	if !a.PerUnit() {
		return out
	}
	init := Uniform(modReLUStart)
	if a.Kind == gpu.ScaledTanh {
		init = Constant(scaledTanhStart)
	}
	out.param = p.Add(Tensor{Name: "act", Rows: 1, Cols: n, Init: init})
	out.Unit = out.param.Value
	return out
}

// gradientRows reserves what the gradient of the parameters is summed from (rows × n), the zero View where there are none.
func (a activation) gradientRows(p *Plan, rows, n int) gpu.View {
	if a.param == nil || !p.Train {
		return gpu.View{}
	}
	return p.Unit("dL/dact").Reserve(rows, n)
}

// backward records dz = dy ∘ φ'(y), from the output y of φ, and the gradient of the parameters, which rows are for. dz may be dy.
func (a activation) backward(r *Record, dz, dy, y, rows gpu.View) {
	switch {
	case a.Kind != gpu.Identity:
		r.Do(gpu.ActivateBackward{DX: dz, DY: dy, Y: y, DUnit: rows, Act: a.Activation})
	case !dz.Same(dy):
		r.Do(gpu.Copy{Y: dz, X: dy})
	}
	a.sum(r, rows)
}

// sum adds the rows to the gradient of the parameters.
func (a activation) sum(r *Record, rows gpu.View) {
	if a.param != nil {
		sumRows(r, a.param.Grad, rows)
	}
}
