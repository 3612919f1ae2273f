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
)

// Activation is an elementwise function.
type Activation struct {
	Kind  ActivationKind
	Slope float32 // of LeakyReLU for negative arguments
}

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
	}
	return fmt.Sprintf("activation(%d)", uint32(a.Kind))
}

func (a Activation) check(op string) error {
	if a.Kind > Tanh {
		return shapeError(op, "unknown activation %d", a.Kind)
	}
	if a.Kind == LeakyReLU && !(a.Slope >= 0 && a.Slope <= 1) {
		return shapeError(op, "leaky ReLU slope %g is outside [0, 1]", a.Slope)
	}
	return nil
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
