package oracle

import "math"

// Activation is an elementwise function φ. Slope is used by LeakyReLU alone and
// must not be negative, so that φ' can be told from φ's value. ModReLU and
// ScaledTanh have a parameter for each unit: Units holds them, and [Activation.At]
// makes the activation of one unit, with the parameter Unit.
type Activation struct {
	Kind  ActivationKind
	Slope float64
	Units []float64
	Unit  float64
}

// At returns the activation of unit j.
func (a Activation) At(j int) Activation {
	if a.Units != nil {
		a.Unit, a.Units = a.Units[j], nil
	}
	return a
}

// ActivationKind names φ.
type ActivationKind int

// The activations: x; max(x, 0); x where x > 0 and Slope·x elsewhere; tanh x;
// sign(x)·max(|x| + Unit, 0), 0 at 0; tanh(Unit·x)/Unit for a Unit above 0.
const (
	IdentityActivation ActivationKind = iota
	ReLU
	LeakyReLU
	Tanh
	ModReLU
	ScaledTanh
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
	case ModReLU:
		if x == 0 || math.Abs(x)+a.Unit <= 0 {
			return 0
		}
		return math.Copysign(math.Abs(x)+a.Unit, x)
	case ScaledTanh:
		return math.Tanh(a.Unit*x) / a.Unit
	default:
		return x
	}
}

// Derivative returns φ'(x) from the value y = φ(x): 1; 1 where y > 0 and 0
// elsewhere; 1 where y > 0 and Slope elsewhere; 1 − y²; 1 where y ≠ 0 and 0
// elsewhere; 1 − (Unit·y)².
func (a Activation) Derivative(y float64) float64 {
	switch {
	case a.Kind == ReLU && !(y > 0):
		return 0
	case a.Kind == LeakyReLU && !(y > 0):
		return a.Slope
	case a.Kind == Tanh:
		return 1 - y*y
	case a.Kind == ModReLU && y == 0:
		return 0
	case a.Kind == ScaledTanh:
		return 1 - a.Unit*y*a.Unit*y
	default:
		return 1
	}
}

// UnitDerivative returns ∂φ(x)/∂Unit from the value y = φ(x): sign y for ModReLU,
// (x φ'(x) − y)/Unit for ScaledTanh, and 0 for the others.
func (a Activation) UnitDerivative(y float64) float64 {
	switch {
	case a.Kind == ModReLU && y != 0:
		return math.Copysign(1, y)
	case a.Kind == ScaledTanh:
		u := a.Unit * y
		if math.Abs(u) >= 1 {
			return -y / a.Unit // the limit: x grows like a logarithm
		}
		return (math.Atanh(u)*(1-u*u) - u) / (a.Unit * a.Unit)
	}
	return 0
}
