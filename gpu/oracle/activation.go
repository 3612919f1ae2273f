package oracle

import "math"

// Activation is an elementwise function φ. Slope is used by LeakyReLU alone and
// must not be negative, so that φ' can be told from φ's value.
type Activation struct {
	Kind  ActivationKind
	Slope float64
}

// ActivationKind names φ.
type ActivationKind int

// The activations: x; max(x, 0); x where x > 0 and Slope·x elsewhere; tanh x.
const (
	IdentityActivation ActivationKind = iota
	ReLU
	LeakyReLU
	Tanh
)

// Value returns φ(x).
func (a Activation) Value(x float64) float64 {
	switch a.Kind {
	case ReLU:
		return math.Max(x, 0)
	case LeakyReLU:
		if x > 0 {
			return x
		}
		return a.Slope * x
	case Tanh:
		return math.Tanh(x)
	default:
		return x
	}
}

// Derivative returns φ'(x) from the value y = φ(x): 1; 1 where y > 0 and 0
// elsewhere; 1 where y > 0 and Slope elsewhere; 1 − y².
func (a Activation) Derivative(y float64) float64 {
	switch {
	case a.Kind == ReLU && !(y > 0):
		return 0
	case a.Kind == LeakyReLU && !(y > 0):
		return a.Slope
	case a.Kind == Tanh:
		return 1 - y*y
	default:
		return 1
	}
}
