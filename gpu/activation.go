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

// Activate computes Y = φ(X) elementwise. Y may be X.
type Activate struct {
	Y, X View // rows × cols
	Act  Activation
}

// Name implements Op.
func (o Activate) Name() string { return "activate" }

// Check implements Op.
func (o Activate) Check() error {
	return firstError(o.Act.check("activate"), o.X.checkWindow("activate", "X"), o.Y.check("activate", "Y", o.X.Rows, o.X.Cols),
		sameOrDisjoint("activate", "Y", o.Y, named{"X", o.X}))
}

// Access implements Op.
func (o Activate) Access() []Access { return accessList{}.reads(o.X).writes(o.Y) }

// Cost implements Op.
func (o Activate) Cost() Cost { return Cost{int64(o.X.Len()), bytesOf(o.X, o.Y)} }

// ActivateBackward computes DX = DY ∘ φ'(Y), with Y = φ(X) the output of Activate. DX may be DY.
type ActivateBackward struct {
	DX, DY, Y View // rows × cols
	Act       Activation
}

// Name implements Op.
func (o ActivateBackward) Name() string { return "activate_backward" }

// Check implements Op.
func (o ActivateBackward) Check() error {
	const op = "activate_backward"
	return firstError(o.Act.check(op), o.Y.checkWindow(op, "Y"), o.DY.check(op, "DY", o.Y.Rows, o.Y.Cols), o.DX.check(op, "DX", o.Y.Rows, o.Y.Cols),
		sameOrDisjoint(op, "DX", o.DX, named{"DY", o.DY}), disjoint(op, "DX", o.DX, named{"Y", o.Y}))
}

// Access implements Op.
func (o ActivateBackward) Access() []Access { return accessList{}.reads(o.DY, o.Y).writes(o.DX) }

// Cost implements Op.
func (o ActivateBackward) Cost() Cost { return Cost{2 * int64(o.Y.Len()), bytesOf(o.DX, o.DY, o.Y)} }

// sameOrDisjoint verifies that out is exactly one of the others or shares no word with it.
func sameOrDisjoint(op, outName string, out View, others ...named) error {
	for _, o := range others {
		if out.Overlaps(o.view) && !out.Same(o.view) {
			return shapeError(op, "%s = %v overlaps %s = %v partly; they must be the same view or apart", outName, out, o.name, o.view)
		}
	}
	return nil
}
