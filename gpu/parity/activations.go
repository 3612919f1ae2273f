package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// activations are all of them, those with parameters last.
var activations = []gpu.Activation{{Kind: gpu.Identity}, {Kind: gpu.ReLU}, {Kind: gpu.LeakyReLU, Slope: 0.1}, {Kind: gpu.Tanh}, {Kind: gpu.ModReLU}, {Kind: gpu.ScaledTanh}}

// simple are the activations without parameters.
var simple = activations[:4]

// activation is an activation with the operand that holds its parameters, if it has some, and the oracle's form of it.
type activation struct {
	gpu.Activation
	unit  *operand
	truth oracle.Activation
}

// activation places the parameters of n units. Biases of modReLU are not positive, so that it is continuous and its Lipschitz constant is 1.
func (t *trial) activation(act gpu.Activation, n int) activation {
	kind, ok := map[gpu.ActivationKind]oracle.ActivationKind{
		gpu.Identity: oracle.IdentityActivation, gpu.ReLU: oracle.ReLU, gpu.LeakyReLU: oracle.LeakyReLU, gpu.Tanh: oracle.Tanh,
		gpu.ModReLU: oracle.ModReLU, gpu.ScaledTanh: oracle.ScaledTanh,
	}[act.Kind]
	if !ok {
		panic(fmt.Sprintf("parity: the oracle has no %v", act))
	}
	a := activation{Activation: act, truth: oracle.Activation{Kind: kind, Slope: float64(act.Slope)}}
	if act.PerUnit() {
		lo, hi := float32(-0.4), float32(0)
		if act.Kind == gpu.ScaledTanh {
			lo, hi = 0.3, 2
		}
		units := t.uniform("Act.Unit", 1, n, lo, hi)
		a.unit, a.truth.Units = t.in("Act.Unit", units), units.Data
	}
	return a
}

// bind returns the activation for use in an operation.
func (a activation) bind() gpu.Activation {
	a.Unit = a.unit.view()
	return a.Activation
}

// of returns f of every element of m, with the oracle's activation of its column.
func (a activation) of(m oracle.Matrix, f func(unit oracle.Activation, x float64) float64) oracle.Matrix {
	r := oracle.Zeros(m.Rows, m.Cols)
	for i, v := range m.Data {
		r.Data[i] = f(a.truth.At(i%m.Cols), v)
	}
	return r
}

// unitSize returns a bound of |∂φ/∂Unit| for every element of h = φ(z).
func (a activation) unitSize(h oracle.Matrix) oracle.Matrix {
	return a.of(h, func(unit oracle.Activation, h float64) float64 {
		if a.Kind == gpu.ScaledTanh {
			return math.Abs(h) / unit.Unit
		}
		return 1
	})
}

// unitGradient places the gradient of the parameters, unless it is not wanted or there are none.
func (a activation) unitGradient(t *trial, rows, cols int, wanted bool) *operand {
	if a.unit == nil || !wanted {
		return nil
	}
	return t.out("DUnit", rows, cols)
}
