package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// unitKernels are the inner loops of the activations with a parameter for each unit, over the size of their first argument. ModReLU takes so
// little that a call a row would count: it has all rows at once.
type unitKernels struct {
	// modReLU replaces x by sign(x)·max(|x| + unit, 0), 0 at 0, and scaledTanh by tanh(unit·x)/unit.
	modReLU    func(x matrix, unit []float32)
	scaledTanh func(x, unit []float32)
	// gateModReLU and gateScaledTanh replace v = dL/dh by dL/dz, from h, and add what v gives the unit's gradient to sums; the
	// latter lacks the factor 1/unit² (finishSums).
	gateModReLU    func(v, h, sums matrix)
	gateScaledTanh func(v, h, unit, sums []float32)
}

var unitPortable = unitKernels{func(x matrix, unit []float32) {
	for r := range x.rows {
		modReLUPortable(x.row(r), unit)
	}
}, scaledTanhPortable, func(v, h, sums matrix) {
	for r := range v.rows {
		gateModReLUPortable(v.row(r), h.row(r), sums.row(r))
	}
}, gateScaledTanhPortable}

// leastScale is what a smaller scale of a unit's tanh counts as.
const leastScale = 0x1p-20

// activateUnits replaces x, columns from lo on, by an activation with parameters.
func (act *bound) activateUnits(x matrix, lo int) {
	if x.cols == 0 {
		return
	}
	unit := act.unit[lo : lo+x.cols]
	if act.Kind == gpu.ModReLU {
		act.k.unit.modReLU(x, unit)
		return
	}
	for r := range x.rows {
		act.k.unit.scaledTanh(x.row(r), unit)
	}
}

// gateUnits is gate for rows of an activation with parameters. The sums may be absent.
func (act *bound) gateUnits(v, h, sums matrix, lo int) {
	if v.cols == 0 {
		return
	}
	if act.Kind == gpu.ModReLU && !sums.absent() {
		act.k.unit.gateModReLU(v, h, sums)
		return
	}
	unit := act.unit[lo : lo+v.cols]
	for r := range v.rows {
		switch {
		case act.Kind == gpu.ModReLU:
			gateModReLUAlone(v.row(r), h.row(r))
		case sums.absent():
			gateScaledTanhAlone(v.row(r), h.row(r), unit)
		default:
			act.k.unit.gateScaledTanh(v.row(r), h.row(r), unit, sums.row(r))
		}
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
