package gpu

import "fmt"

// ActivationKind names an elementwise function.
type ActivationKind uint32

// The activations φ; Slope belongs to LeakyReLU. Every derivative is computed from the output h = φ(z).
const (
	Identity  ActivationKind = 0 // φ(z) = z,            φ' = 1
	ReLU      ActivationKind = 1 // φ(z) = max(z, 0),    φ' = [h > 0]
	LeakyReLU ActivationKind = 2 // φ(z) = z or slope·z, φ' = 1 where h > 0, slope elsewhere; slope in [0, 1]
	Tanh      ActivationKind = 3 // φ(z) = tanh z,       φ' = 1 − h²

	// Those with a parameter for each unit, Unit:
	ModReLU    ActivationKind = 4 // φ(z) = sign(z)·max(|z| + b, 0), 0 at 0;  φ' = [h ≠ 0],     ∂φ/∂b = sign h (Arjovsky et al. 2016)
	ScaledTanh ActivationKind = 5 // φ(z) = tanh(a z)/a;                      φ' = 1 − (a h)²,  ∂φ/∂a = (z φ' − h)/a
)

// Activation is an elementwise function.
type Activation struct {
	Kind  ActivationKind
	Slope float32 // of LeakyReLU for negative arguments: 0 is ReLU, 1 the identity
	Unit  View    // 1 × units: b of ModReLU, a of ScaledTanh, of which less than 2⁻²⁰ counts as that; absent for the others
}

// PerUnit tells whether the activation has a parameter for each unit.
func (a Activation) PerUnit() bool { return a.Kind == ModReLU || a.Kind == ScaledTanh }

func (a Activation) String() string {
	switch a.Kind {
	case Identity:
		return "identity"
	case ReLU:
		return "relu"
	case LeakyReLU:
		return fmt.Sprintf("leaky-relu:%g", a.Slope)
	case Tanh:
		return "tanh"
	case ModReLU:
		return "modrelu"
	case ScaledTanh:
		return "scaled-tanh"
	}
	return fmt.Sprintf("activation(%d)", uint32(a.Kind))
}

// check verifies an activation of the given number of units.
func (a Activation) check(op string, units int) error {
	switch {
	case a.Kind > ScaledTanh:
		return shapeError(op, "unknown activation %d", a.Kind)
	case a.PerUnit():
		return a.Unit.check(op, "Act.Unit", 1, units)
	case !a.Unit.IsZero():
		return shapeError(op, "%v has no parameters, so Act.Unit = %v must be absent", a, a.Unit)
	}
	if a.Kind == LeakyReLU && !(a.Slope >= 0 && a.Slope <= 1) {
		return shapeError(op, "leaky ReLU slope %g is outside [0, 1]", a.Slope)
	}
	return nil
}

// checkGradient verifies the gradient of the parameters, which may be absent.
func (a Activation) checkGradient(op string, dunit View, rows, cols int) error {
	if !dunit.IsZero() && !a.PerUnit() {
		return shapeError(op, "%v has no parameters, so DUnit = %v must be absent", a, dunit)
	}
	return dunit.checkOptional(op, "DUnit", rows, cols)
}

// sameOrDisjoint verifies that out is exactly one of the others or shares no word with it.
func sameOrDisjoint(op, outName string, out View, others ...named) error {
	for _, o := range others {
		if out.Overlaps(o.view) && !out.Same(o.view) {
			return shapeError(op, "%s = %v overlaps %s = %v partly; they must be the same view or apart", outName, out, o.name, o.view)
		}
	}
	return nil
}
