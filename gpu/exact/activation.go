package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(activate)
	implement(activateBackward)
}

// activation is an activation with its parameters bound.
type activation struct {
	gpu.Activation
	unit matrix
}

func bound(a gpu.Activation) activation { return activation{a, window(a.Unit)} }

// scale returns the scale of unit j of ScaledTanh.
func (a activation) scale(j int) float64 { return max(a.unit.at(0, j), 0x1p-20) }

// value returns φ(z) of unit j.
func (a activation) value(j int, z float64) float64 {
	switch {
	case a.Kind == gpu.Tanh:
		return math.Tanh(z)
	case a.Kind == gpu.ReLU && z < 0:
		return 0
	case a.Kind == gpu.LeakyReLU && z < 0:
		return float64(a.Slope) * z
	case a.Kind == gpu.ModReLU && (z == 0 || math.Abs(z)+a.unit.at(0, j) <= 0):
		return 0
	case a.Kind == gpu.ModReLU:
		return math.Copysign(math.Abs(z)+a.unit.at(0, j), z)
	case a.Kind == gpu.ScaledTanh:
		return math.Tanh(a.scale(j)*z) / a.scale(j)
	}
	return z
}

// gradients returns φ' and ∂φ/∂(the parameter) of unit j at h = φ(z).
func (a activation) gradients(j int, h float64) (derivative, byUnit float64) {
	switch {
	case a.Kind == gpu.Tanh:
		return 1 - h*h, 0
	case a.Kind == gpu.ReLU && !(h > 0):
		return 0, 0
	case a.Kind == gpu.LeakyReLU && !(h > 0):
		return float64(a.Slope), 0
	case a.Kind == gpu.ModReLU && h == 0:
		return 0, 0
	case a.Kind == gpu.ModReLU:
		return 1, math.Copysign(1, h)
	case a.Kind == gpu.ScaledTanh:
		u := a.scale(j) * h
		near := max(-1+0x1p-53, min(u, 1-0x1p-53)) // where artanh is finite
		return 1 - u*u, ((1-near*near)*math.Atanh(near) - near) / (a.scale(j) * a.scale(j))
	}
	return 1, 0
}

func activate(o gpu.Activate) {
	x, act := window(o.X).clone(), bound(o.Act)
	each(o.Y, func(i, j int, _ float64) float64 { return act.value(j, x.at(i, j)) })
}

func activateBackward(o gpu.ActivateBackward) {
	dy, y, dunit, act := window(o.DY).clone(), window(o.Y), window(o.DUnit), bound(o.Act)
	each(o.DX, func(i, j int, _ float64) float64 {
		derivative, byUnit := act.gradients(j, y.at(i, j))
		if dunit.words != nil {
			dunit.set(i, j, dy.at(i, j)*byUnit)
		}
		return dy.at(i, j) * derivative
	})
}
