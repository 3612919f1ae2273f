package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// unitKernels are the inner loops of the activations with a parameter for each unit, over the length of their first argument.
type unitKernels struct {
	// modReLU replaces x by sign(x)·max(|x| + unit, 0), 0 at 0, and scaledTanh by tanh(unit·x)/unit.
	modReLU, scaledTanh func(x, unit []float32)
	// gateModReLU and gateScaledTanh replace v = dL/dh by dL/dz, from h, and add what v gives the unit's gradient to sums; the
	// latter lacks the factor 1/unit² (finishSums).
	gateModReLU    func(v, h, sums []float32)
	gateScaledTanh func(v, h, unit, sums []float32)
}

var unitPortable = unitKernels{modReLUPortable, scaledTanhPortable, gateModReLUPortable, gateScaledTanhPortable}

// leastScale is what a smaller scale of a unit's tanh counts as.
const leastScale = 0x1p-20

// activateUnits replaces x, columns from lo on of a row, by an activation with parameters.
func (act *bound) activateUnits(x []float32, lo int) {
	if len(x) == 0 {
		return
	}
	if unit := act.unit[lo : lo+len(x)]; act.Kind == gpu.ModReLU {
		act.k.unit.modReLU(x, unit)
	} else {
		act.k.unit.scaledTanh(x, unit)
	}
}

// gateUnits is gate for an activation with parameters.
func (act *bound) gateUnits(v, h, sums []float32, lo int) {
	switch {
	case len(v) == 0:
	case sums == nil && act.Kind == gpu.ModReLU:
		gateModReLUAlone(v, h)
	case sums == nil:
		gateScaledTanhAlone(v, h, act.unit[lo:lo+len(v)])
	case act.Kind == gpu.ModReLU:
		act.k.unit.gateModReLU(v, h, sums[:len(v)])
	default:
		act.k.unit.gateScaledTanh(v, h, act.unit[lo:lo+len(v)], sums[:len(v)])
	}
}

// finishSums makes the parameters' gradients of the sums that gate left, columns from lo on.
func (act *bound) finishSums(sums []float32, lo int) {
	if act.Kind != gpu.ScaledTanh {
		return
	}
	for j := range sums {
		a := max(act.unit[lo+j], leastScale)
		sums[j] /= a * a
	}
}

func modReLUPortable(x, unit []float32) {
	unit = unit[:len(x)]
	for i, v := range x {
		if v == 0 {
			x[i] = 0
			continue
		}
		size := max(float32(math.Abs(float64(v)))+unit[i], 0) // NaN stays
		x[i] = float32(math.Copysign(float64(size), float64(v)))
	}
}

func gateModReLUPortable(v, h, sums []float32) {
	h, sums = h[:len(v)], sums[:len(v)]
	for i, g := range v {
		switch {
		case h[i] == 0:
			v[i] = 0
		case h[i] < 0:
			sums[i] -= g
		default:
			sums[i] += g
		}
	}
}

func gateModReLUAlone(v, h []float32) {
	for i := range v {
		if h[i] == 0 {
			v[i] = 0
		}
	}
}

func gateScaledTanhAlone(v, h, unit []float32) {
	for i, g := range v {
		u := max(unit[i], leastScale) * h[i]
		v[i] = g * (1 - float32(u*u))
	}
}

func scaledTanhPortable(x, unit []float32) {
	unit = unit[:len(x)]
	for i, v := range x {
		a := max(unit[i], leastScale)
		x[i] = float32(math.Tanh(float64(a*v))) / a
	}
}

func gateScaledTanhPortable(v, h, unit, sums []float32) {
	h, unit, sums = h[:len(v)], unit[:len(v)], sums[:len(v)]
	for i, g := range v {
		u := max(unit[i], leastScale) * h[i]
		v[i] = g * (1 - float32(u*u))
		sums[i] += g * artanhRest(u)
	}
}

// artanhRest returns (1 − u²)·artanh u − u. Where u is rounded to ±1, artanh is taken of the number before.
func artanhRest(u float32) float32 {
	const nearOne = 1 - 0x1p-24
	x := float64(max(-nearOne, min(u, nearOne)))
	return float32((1-x*x)*math.Atanh(x) - x)
}
